"""Something one person wants and a second person has to agree to."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.utils import timezone

from kap_clinic.accounts.models import ClinicRow, User
from kap_clinic.accounts.proposals.terms import ProposalKind

STANDS_FOR = timedelta(days=7)  # then it lapses and has to be made again


class ProposalQuerySet(models.QuerySet["Proposal"]):
    def waiting(self, now: datetime) -> "ProposalQuerySet":
        return self.filter(seconded_at=None, refused_at=None, proposed_at__gt=now - STANDS_FOR)


class Proposal(ClinicRow):
    """Applied in the moment it is seconded, in the same transaction; what it says never changes."""

    kind = models.CharField(max_length=20, choices=ProposalKind.choices, editable=False)
    user = models.ForeignKey(  # whom it is about, if it is about a member of staff
        User, on_delete=models.PROTECT, null=True, related_name="+", editable=False
    )
    payload = models.JSONField(default=dict, editable=False)  # references and codes, as its kind needs them
    words = models.CharField(max_length=300, editable=False)  # what will happen, as the second person reads it
    reason = models.CharField(max_length=300)
    proposed_at = models.DateTimeField(default=timezone.now, editable=False)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    seconded_at = models.DateTimeField(null=True, editable=False)
    seconded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    refused_at = models.DateTimeField(null=True, editable=False)  # by the proposer: withdrawn
    refused_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    refused_why = models.CharField(max_length=300, blank=True)

    objects: ClassVar[ProposalQuerySet] = ProposalQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(seconded_at=None, seconded_by=None)
                | (models.Q(seconded_at__isnull=False) & ~models.Q(seconded_by=models.F("proposed_by"))),
                name="proposal_seconded_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(refused_at=None, refused_by=None)
                | models.Q(refused_at__isnull=False, refused_by__isnull=False),
                name="proposal_refused_paired",
            ),
            models.CheckConstraint(
                condition=models.Q(seconded_at=None) | models.Q(refused_at=None), name="proposal_ends_once"
            ),
        ]
        indexes = [models.Index(fields=["clinic", "seconded_at", "refused_at", "-id"], name="proposals_waiting_first")]

    def __str__(self) -> str:
        return self.words

    def waits(self, now: datetime) -> bool:
        return self.seconded_at is None and self.refused_at is None and self.proposed_at > now - STANDS_FOR
