"""A paper of a screening as it stands, when somebody wants one."""

from django.db import transaction

from kap_clinic.accounts.models import User
from kap_clinic.documents.models import StoredDocument
from patients.record.terms import Reader
from screening import letters
from screening.actions.refusals import NotPossible
from screening.models import Review, Screening
from screening.terms import DECIDES


@transaction.atomic
def print_copy(*, screening: Screening, by: User) -> None:
    """Queue a paper; DRAFT across it while nobody has decided. Asking is written down with the paper."""
    letters.ask(Screening.objects.select_for_update().get(pk=screening.pk), by=by)


@transaction.atomic
def print_letter(*, review: Review, reader: Reader | str, by: User) -> StoredDocument:
    """Queue the letter about a decision. NotPossible: it only asked for more, so there is nothing to tell."""
    if review.decision not in DECIDES:
        raise NotPossible(["Nothing is decided yet. Decide on the screening, then the letter can be written."])
    Screening.objects.select_for_update().get(pk=review.screening_id)
    return letters.ask_letter(review, reader, by=by)
