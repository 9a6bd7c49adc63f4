"""Rows of patient links: the link, and each thing it asks for."""

import json
from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone

from kap_clinic.accounts import cipher
from kap_clinic.accounts.models import ClinicRow, User
from patients.links import rules
from patients.links.terms import FormKind, LinkState
from patients.record.models import Patient, PatientRow, paired


class LinkQuerySet(models.QuerySet["PatientLink"]):
    def open(self, now: datetime) -> "LinkQuerySet":
        """Links that still lead somewhere."""
        return self.filter(finished_at=None, revoked_at=None, expires_at__gt=now, tries__lt=rules.TRIES)


class PatientLink(PatientRow):
    """One address for one patient. The token is not stored: it is made again from `ref` and `nonce`, found by its hash.

    Nothing is taken down of who merely looks at the address: mail scanners do. How far it came begins with the check.
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="links")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    nonce = models.CharField(max_length=64, editable=False)
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    expires_at = models.DateTimeField(editable=False)
    watcher = models.ForeignKey(  # who looks at the answers, and until when
        User, on_delete=models.PROTECT, null=True, related_name="+", editable=False
    )
    watch_until = models.DateTimeField(null=True, editable=False)
    tries = models.PositiveSmallIntegerField(default=0, editable=False)  # wrong birth dates
    checked_at = models.DateTimeField(null=True, editable=False)  # the last time the second check was passed
    finished_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, editable=False)
    revoked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    revoked_why = models.CharField(max_length=200, blank=True, editable=False)
    asked_again_at = models.DateTimeField(null=True, editable=False)  # the patient wants a new one

    objects: ClassVar[LinkQuerySet] = LinkQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-id"]
        constraints = [
            paired("revoked_at", "revoked_by", "link_revoked_paired"),
            paired("watch_until", "watcher", "link_watch_paired"),
            models.CheckConstraint(condition=models.Q(tries__lte=rules.TRIES), name="link_tries_are_counted_to_five"),
            models.CheckConstraint(
                condition=models.Q(finished_at=None) | models.Q(revoked_at=None), name="link_finished_or_revoked"
            ),
        ]
        indexes = [models.Index(fields=["patient", "-id"], name="links_newest_first")]

    def __str__(self) -> str:
        return f"Link for {self.patient}"

    def state(self, now: datetime) -> LinkState:
        return rules.state_of(
            expires_at=self.expires_at,
            tries=self.tries,
            checked_at=self.checked_at,
            finished_at=self.finished_at,
            revoked_at=self.revoked_at,
            now=now,
        )


class LinkForm(ClinicRow):
    """One thing a link asks for. Answers are a sealed draft until they are sent, and gone from here afterwards.

    `ref` is also the reference of what is recorded in the end, so that a task opened by a first answer and one of the
    whole form are the same task.
    """

    link = models.ForeignKey(PatientLink, on_delete=models.PROTECT, related_name="forms")
    place = models.PositiveSmallIntegerField(editable=False)
    kind = models.CharField(max_length=10, choices=FormKind.choices, editable=False)
    what = models.CharField(max_length=60, editable=False)  # an instrument's id, or a consent's ref
    needs_watch = models.BooleanField(editable=False)
    draft = models.TextField(blank=True, editable=False)  # sealed JSON
    saved_at = models.DateTimeField(null=True, editable=False)
    sent_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(fields=["link", "kind", "what"], name="a_link_asks_once"),
            models.CheckConstraint(
                condition=models.Q(sent_at=None) | models.Q(draft=""), name="what_is_sent_leaves_no_draft"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.what} of {self.link}"

    @property
    def patient(self) -> Patient:
        return self.link.patient

    @property
    def answers(self) -> dict[str, Any]:
        """What was answered so far. None as an answer: left out on purpose."""
        return json.loads(cipher.unseal(self.draft, at=self._place)) if self.draft else {}

    @answers.setter
    def answers(self, answers: dict[str, Any]) -> None:
        self.draft = cipher.seal(json.dumps(answers, ensure_ascii=False), at=self._place) if answers else ""

    @property
    def _place(self) -> str:
        return cipher.place("patients_linkform", "draft", self.ref, self.clinic_id)
