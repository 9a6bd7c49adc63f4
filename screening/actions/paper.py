"""A paper of a screening as it stands, when somebody wants one."""

from django.db import transaction

from kap_clinic.accounts.models import User
from screening import letters
from screening.models import Screening


@transaction.atomic
def print_copy(*, screening: Screening, by: User) -> None:
    """Queue a paper; DRAFT across it while nobody has decided. Asking is written down with the paper."""
    letters.ask(Screening.objects.select_for_update().get(pk=screening.pk), by=by)
