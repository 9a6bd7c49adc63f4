"""Rows of consents. A text and its versions, a patient's consent, the talk about it, its answers and signatures."""

from typing import Any, ClassVar

from django.db import models
from django.utils import timezone

from kap_clinic.accounts.models import ClinicRow, User
from patients.consents.terms import ConsentKind, Meaning, Signer, State, Way
from patients.course.models import Course
from patients.record.models import Patient, PatientRow, paired


class ConsentTextQuerySet(models.QuerySet["ConsentText"]):
    def current(self) -> "ConsentTextQuerySet":
        """The version of each kind that holds: approved, and not replaced."""
        return self.filter(approved_at__isnull=False, superseded_at=None)


class ConsentText(ClinicRow):
    """One version of one text, frozen as written. It counts from when a second person approves it by signature."""

    kind = models.CharField(max_length=12, choices=ConsentKind.choices, editable=False)
    version = models.PositiveSmallIntegerField(editable=False)
    title = models.CharField(max_length=120)
    sections = models.JSONField()  # [{"id", "heading", "source", "text"}], slots in braces
    questions = models.JSONField()  # [{"id", "section", "ask", "answers", "right"}]
    sha256 = models.CharField(max_length=64, editable=False)  # of kind, version, title, sections and questions
    why = models.CharField(max_length=300, blank=True)  # what is new in it
    written_at = models.DateTimeField(default=timezone.now, editable=False)
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    approved_at = models.DateTimeField(null=True, editable=False)
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    approved_name = models.CharField(max_length=120, blank=True, editable=False)  # as it was printed then
    approved_role = models.CharField(max_length=40, blank=True, editable=False)
    approved_zone = models.CharField(max_length=60, blank=True, editable=False)
    superseded_at = models.DateTimeField(null=True, editable=False)  # by the approval of a newer version
    superseded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)

    objects: ClassVar[ConsentTextQuerySet] = ConsentTextQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["kind", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["clinic", "kind", "version"], name="one_text_a_version"),
            models.UniqueConstraint(
                fields=["clinic", "kind"],
                condition=models.Q(approved_at__isnull=False, superseded_at=None),
                name="one_text_of_a_kind_holds",
            ),
            models.CheckConstraint(
                condition=models.Q(approved_at=None, approved_by=None, approved_name="", approved_role="")
                | (
                    models.Q(approved_at__isnull=False, approved_by__isnull=False)
                    & ~models.Q(approved_name="")
                    & ~models.Q(approved_role="")
                    & ~models.Q(approved_zone="")
                    & ~models.Q(approved_by=models.F("written_by"))
                ),
                name="consent_text_approved_by_another",
            ),
            paired("superseded_at", "superseded_by", "consent_text_superseded_paired"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, version {self.version}"

    @property
    def role_in_words(self) -> str:
        return self.approved_role.replace("_", " ")

    @property
    def is_current(self) -> bool:
        return self.approved_at is not None and self.superseded_at is None


class Consent(PatientRow):
    """One document of one patient. What it says is frozen with the first signature; its end never deletes it."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="consents")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, null=True, related_name="consents", editable=False)
    kind = models.CharField(max_length=12, choices=ConsentKind.choices, editable=False)
    text = models.ForeignKey(ConsentText, on_delete=models.PROTECT, related_name="consents", editable=False)
    state = models.CharField(max_length=12, choices=State.choices, default=State.DRAFT, editable=False)
    details = models.JSONField(default=dict)  # what is filled in for this patient; codes and lists, see `details`
    sections = models.JSONField(default=list, editable=False)  # the text with everything filled in, as it is signed
    sha256 = models.CharField(max_length=64, blank=True, editable=False)  # of all that is signed
    papers = models.PositiveSmallIntegerField(default=0, editable=False)  # how many PDFs were asked for
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    presented_at = models.DateTimeField(null=True, editable=False)
    presented_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    completed_at = models.DateTimeField(null=True, editable=False)  # all who must have signed
    revoked_at = models.DateTimeField(null=True, editable=False)
    revoked_by = models.ForeignKey(  # null: the patient, on their own device
        User, on_delete=models.PROTECT, null=True, related_name="+", editable=False
    )
    revoked_way = models.CharField(max_length=12, choices=Way.choices, blank=True, editable=False)
    revoked_why = models.TextField(blank=True, editable=False)  # no reason is needed

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "kind"],
                condition=models.Q(state__in=[State.DRAFT, State.PRESENTED]),
                name="one_open_consent_of_a_kind",
            ),
            models.UniqueConstraint(
                fields=["patient", "kind"], condition=models.Q(state=State.SIGNED), name="one_signed_consent_of_a_kind"
            ),
            paired("presented_at", "presented_by", "consent_presented_paired"),
            models.CheckConstraint(
                condition=models.Q(state__in=[State.DRAFT, State.SUPERSEDED]) | models.Q(presented_at__isnull=False),
                name="consent_past_draft_was_presented",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=State.SIGNED) | models.Q(completed_at__isnull=False),
                name="consent_signed_is_complete",
            ),
            models.CheckConstraint(
                condition=models.Q(state=State.REVOKED, revoked_at__isnull=False)
                & ~models.Q(revoked_way="")
                & (models.Q(revoked_way=Way.LINK) | models.Q(revoked_by__isnull=False))
                | ~models.Q(state=State.REVOKED)
                & models.Q(revoked_at=None, revoked_by=None, revoked_way="", revoked_why=""),
                name="consent_revoked_with_who_and_when",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=[ConsentKind.PRIVACY, ConsentKind.FINANCIAL])
                | models.Q(course__isnull=False),
                name="consent_to_treatment_has_a_course",
            ),
        ]
        indexes = [models.Index(fields=["patient", "kind", "-id"], name="consents_newest_first")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.patient}"


class ConsentTalk(PatientRow):
    """That a consent was talked through, sober: the questions, the answers, what the patient said back. Append-only."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="consent_talks")
    consent = models.ForeignKey(Consent, on_delete=models.PROTECT, related_name="talks")
    questions = models.TextField()
    taught = models.JSONField(default=list)  # codes of terms.Taught
    sober = models.BooleanField()
    role_used = models.CharField(max_length=40)
    talked_at = models.DateTimeField(default=timezone.now, editable=False)
    talked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"Talk about the {self.consent}"


class ConsentAnswer(PatientRow):
    """One answer to a question of understanding. A wrong one is no failure: the section is read again. Append-only."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="consent_answers")
    consent = models.ForeignKey(Consent, on_delete=models.PROTECT, related_name="answers")
    question = models.CharField(max_length=40)
    chosen = models.PositiveSmallIntegerField()  # place in the list of answers
    is_right = models.BooleanField()
    answered_at = models.DateTimeField(default=timezone.now, editable=False)
    link_ref = models.UUIDField(null=True, editable=False)  # the link it came through

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.question}: {self.chosen}"


class SignatureQuerySet(models.QuerySet["ConsentSignature"]):
    def owed_by(self, user: Any) -> "SignatureQuerySet":
        """What somebody on the staff still has to sign: the patient has, they have not."""
        patient_signed = ConsentSignature.objects.filter(
            consent=models.OuterRef("consent"), signer=Signer.PATIENT, meaning=Meaning.CONSENT
        )
        return self.filter(models.Exists(patient_signed), user=user, signed_at=None, consent__state=State.PRESENTED)


class ConsentSignature(PatientRow):
    """A place to sign, made when the consent is given to the patient; signed once, then sealed by the database."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="consent_signatures")
    consent = models.ForeignKey(Consent, on_delete=models.PROTECT, related_name="signatures")
    signer = models.CharField(max_length=12, choices=Signer.choices, editable=False)
    user = models.ForeignKey(  # null: the patient
        User, on_delete=models.PROTECT, null=True, related_name="+", editable=False
    )
    signed_at = models.DateTimeField(null=True, editable=False)
    zone = models.CharField(max_length=60, blank=True, editable=False)  # IANA name
    printed_name = models.CharField(max_length=120, blank=True, editable=False)
    meaning = models.CharField(max_length=10, choices=Meaning.choices, blank=True, editable=False)
    words = models.TextField(blank=True, editable=False)  # what the signer added, like why they refuse
    drawing = models.TextField(blank=True, editable=False)  # SVG; empty when the name was typed only
    role_used = models.CharField(max_length=40, blank=True, editable=False)
    electronic = models.BooleanField(default=False, editable=False)  # agreed to sign on a screen, shown first
    identity = models.CharField(max_length=120, blank=True, editable=False)  # how the signer proved who they are
    address = models.CharField(max_length=45, blank=True, editable=False)
    device = models.CharField(max_length=200, blank=True, editable=False)
    session_hash = models.CharField(max_length=64, blank=True, editable=False)
    link_ref = models.UUIDField(null=True, editable=False)
    sha256 = models.CharField(max_length=64, blank=True, editable=False)  # of what was signed, with its version

    objects: ClassVar[SignatureQuerySet] = SignatureQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(signer=Signer.PATIENT, user=None)
                | (~models.Q(signer=Signer.PATIENT) & models.Q(user__isnull=False)),
                name="a_patient_signs_without_an_account",
            ),
            models.CheckConstraint(
                condition=models.Q(signed_at=None, printed_name="", meaning="", sha256="")
                | (
                    models.Q(signed_at__isnull=False)
                    & ~models.Q(printed_name="")
                    & ~models.Q(meaning="")
                    & ~models.Q(sha256="")
                    & ~models.Q(zone="")
                    & ~models.Q(role_used="")
                    & ~models.Q(identity="")
                ),
                name="consent_signature_is_whole",
            ),
            models.UniqueConstraint(
                fields=["consent", "signer", "user"], nulls_distinct=False, name="one_place_to_sign_a_signer"
            ),
        ]
        indexes = [models.Index(fields=["user", "signed_at"], name="signatures_owed")]

    def __str__(self) -> str:
        return f"{self.get_signer_display()}: {self.printed_name or 'not signed'}"
