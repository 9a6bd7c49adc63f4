"""Rows of screening: an intake, what the rules found, and what the prescriber decided."""

from datetime import date
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone

from kap_clinic.accounts.models import ClinicRow, User
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.scopes import holders
from patients.course.models import Course
from patients.record.models import CareTeamMember, Patient
from screening import rules
from screening.terms import (
    ConditionKind,
    Decision,
    Disposition,
    Judgement,
    MeasureEntry,
    OverrideKind,
    Route,
    ScreeningState,
)


class ScreeningQuerySet(models.QuerySet["Screening"]):
    def waiting(self) -> "ScreeningQuerySet":
        return self.filter(state=ScreeningState.SUBMITTED)

    def for_prescriber(self, user_id: int) -> "ScreeningQuerySet":
        """Of patients they treat, and of patients no prescriber treats yet (cover, permissions.md rule 11)."""
        team = CareTeamMember.objects.filter(patient=models.OuterRef("patient"), left_at=None)
        treating = team.filter(user__in=holders(Permission.SCREENING_DECIDE))
        return self.filter(models.Exists(team.filter(user=user_id)) | ~models.Exists(treating))


class MeasureQuerySet(models.QuerySet["MeasureResponse"]):
    def standing(self) -> "MeasureQuerySet":
        """Responses nobody corrected since."""
        return self.filter(correction=None)

    def of(self, instrument: str) -> "MeasureQuerySet":
        return self.filter(instrument=instrument).order_by("-answered_at", "-id")


class MeasureResponse(ClinicRow):
    """One instrument as answered, with all the scorer said of it at the time. Never overwritten (instruments 2)."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="measures")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, null=True, related_name="measures")
    instrument = models.CharField(max_length=30)
    instrument_version = models.CharField(max_length=120)
    scorer_version = models.CharField(max_length=20)
    answers = models.JSONField()
    context = models.JSONField(default=dict)
    complete = models.BooleanField()
    answered_sum = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    total = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    estimate = models.PositiveSmallIntegerField(null=True)  # prorated: shown as an estimate, used for nothing
    band = models.CharField(max_length=40, blank=True)
    subscales = models.JSONField(default=dict)
    flags = models.JSONField(default=list)  # [{"id", "severity", "action"}]
    entry = models.CharField(max_length=10, choices=MeasureEntry.choices)
    answered_at = models.DateTimeField()
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", editable=False)
    corrects = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="correction")

    objects: ClassVar[MeasureQuerySet] = MeasureQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["answered_at", "id"]
        indexes = [models.Index(fields=["patient", "instrument", "-answered_at"], name="measures_of_a_patient")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(entry=MeasureEntry.LINK) | models.Q(recorded_by__isnull=False),
                name="measure_entered_by_somebody",
            )
        ]

    def __str__(self) -> str:
        return f"{self.instrument} of {self.patient}"


class Screening(ClinicRow):
    """One version of an intake. Free to change while a draft; frozen when submitted, corrected by a new version."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="screenings")
    version = models.PositiveSmallIntegerField(default=1, editable=False)
    state = models.CharField(max_length=12, choices=ScreeningState.choices, default=ScreeningState.DRAFT)
    assessment_date = models.DateField()
    answers = models.JSONField(default=dict)
    medications = models.JSONField(default=list)  # [{"text", "last_taken"}] as typed
    vitals = models.JSONField(default=dict)
    derived = models.JSONField(default=dict, editable=False)  # answer key -> where it came from, as submitted
    cause = models.CharField(max_length=200, blank=True, editable=False)  # what changed, when the rules re-ran
    overall = models.CharField(max_length=30, blank=True, editable=False)
    missing = models.JSONField(default=list, editable=False)
    rules_version = models.CharField(max_length=20, blank=True, editable=False)
    started_at = models.DateTimeField(default=timezone.now, editable=False)
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    submitted_at = models.DateTimeField(null=True, blank=True, editable=False)
    submitted_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )

    objects: ClassVar[ScreeningQuerySet] = ScreeningQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["patient", "version"], name="one_screening_a_version"),
            models.CheckConstraint(
                condition=models.Q(submitted_at=None, submitted_by=None)
                | models.Q(submitted_at__isnull=False, submitted_by__isnull=False)
                | (models.Q(submitted_at__isnull=False) & ~models.Q(cause="")),
                name="screening_submitted_paired",
            ),
            models.CheckConstraint(
                condition=models.Q(state=ScreeningState.DRAFT) | models.Q(submitted_at__isnull=False),
                name="screening_past_draft_is_submitted",
            ),
        ]
        indexes = [models.Index(fields=["clinic", "state", "submitted_at"], name="reviews_oldest_first")]

    def __str__(self) -> str:
        return f"Screening {self.version} of {self.patient}"


class Finding(ClinicRow):
    """One rule that fired on a submitted screening, with the sentence people read and the inputs behind it."""

    screening = models.ForeignKey(Screening, on_delete=models.PROTECT, related_name="findings")
    place = models.PositiveSmallIntegerField()
    rule = models.CharField(max_length=60)
    severity = models.CharField(max_length=30)
    reason = models.TextField()
    evidence = models.JSONField(default=list)

    class Meta:
        ordering = ["place"]
        constraints = [models.UniqueConstraint(fields=["screening", "rule"], name="a_rule_fires_once")]

    @property
    def patient(self) -> Patient:
        return self.screening.patient

    def __str__(self) -> str:
        return f"{self.rule}: {self.severity}"


class Override(ClinicRow):
    """That a stop is set aside for one screening version, with reason, risk plan and an end (screening-rules 1.3)."""

    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="overrides")
    kind = models.CharField(max_length=10, choices=OverrideKind.choices)
    reason = models.TextField()
    risk_plan = models.TextField()
    expires_on = models.DateField()
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)
    seconded_at = models.DateTimeField(null=True, blank=True, editable=False)
    seconded_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    lapsed_at = models.DateTimeField(null=True, blank=True, editable=False)
    lapsed_why = models.CharField(max_length=200, blank=True, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(seconded_at=None, seconded_by=None)
                | (models.Q(seconded_at__isnull=False) & ~models.Q(seconded_by=models.F("made_by"))),
                name="override_seconded_by_another",
            ),
            models.UniqueConstraint(
                fields=["finding"], condition=models.Q(lapsed_at=None), name="one_live_override_a_finding"
            ),
        ]

    @property
    def patient(self) -> Patient:
        return self.finding.screening.patient

    def __str__(self) -> str:
        return f"Override of {self.finding}"

    def stands(self, on: date) -> bool:
        """Whether the stop is set aside on this day."""
        signed = self.kind == OverrideKind.SINGLE or self.seconded_at is not None
        return signed and self.lapsed_at is None and on <= self.expires_on


class Review(ClinicRow):
    """A prescriber's decision on one screening version, with its reason."""

    screening = models.ForeignKey(Screening, on_delete=models.PROTECT, related_name="reviews")
    decision = models.CharField(max_length=30, choices=Decision.choices)
    reason = models.TextField()
    conditions = models.TextField(blank=True)  # printed on the day sheet
    questions = models.TextField(blank=True)  # what is asked for, when more is asked
    expires_on = models.DateField(null=True, blank=True)  # of an approval: 90 days at most (PD)
    role_used = models.CharField(max_length=40)
    decided_at = models.DateTimeField(default=timezone.now, editable=False)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", editable=False)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(decision__in=[Decision.APPROVE, Decision.APPROVE_WITH_CONDITIONS])
                | models.Q(expires_on__isnull=False),
                name="approval_has_an_end",
            )
        ]

    @property
    def patient(self) -> Patient:
        return self.screening.patient

    @property
    def conditions_in_words(self) -> list[str]:
        """Each condition as a sentence: the typed ones first, then what was written in words. Empty: none set."""
        if self.decision != Decision.APPROVE_WITH_CONDITIONS:
            return []
        typed = [one.condition.in_words for one in self.typed_conditions.all()]
        return [*typed, *filter(None, [self.conditions.strip()])]

    def __str__(self) -> str:
        return f"{self.get_decision_display()} by {self.decided_by}"


def _only(kind: ConditionKind, *fields: str, **more: Any) -> models.Q:
    """A row of this kind in which nothing but these fields is filled."""
    empty = {"mg": None, "route": "", "medicine": "", "disposition": "", "hours_before": None, "words": ""}
    return models.Q(kind=kind, **{name: value for name, value in empty.items() if name not in fields}, **more)


class ApprovalCondition(ClinicRow):
    """One typed condition of an approval, written once with the review that is signed. See `rules.Condition`."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="typed_conditions")
    place = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=20, choices=ConditionKind.choices)
    mg = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    route = models.CharField(max_length=5, choices=Route.choices, blank=True)  # blank: any route
    medicine = models.CharField(max_length=300, blank=True)  # as named
    disposition = models.CharField(max_length=10, choices=Disposition.choices, blank=True)
    hours_before = models.PositiveSmallIntegerField(null=True)
    words = models.TextField(blank=True)

    class Meta:
        ordering = ["place"]
        constraints = [
            models.UniqueConstraint(fields=["review", "place"], name="one_condition_a_place"),
            models.CheckConstraint(
                condition=(_only(ConditionKind.UPPER_MG, "mg", "route", mg__gt=0, mg__isnull=False))
                | (_only(ConditionKind.EXTRA_CHECK, "words") & ~models.Q(words=""))
                | (_only(ConditionKind.CONFIRM_ON_DAY, "words") & ~models.Q(words=""))
                | (
                    _only(ConditionKind.MEDICINE_HOLD, "medicine", "disposition", "hours_before", "words")
                    & ~models.Q(medicine="")
                ),
                name="condition_has_what_its_kind_needs",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind=ConditionKind.MEDICINE_HOLD)
                | models.Q(disposition=Disposition.HOLD, hours_before__gte=1, hours_before__isnull=False)
                | (models.Q(disposition=Disposition.TAPER, hours_before=None) & ~models.Q(words=""))
                | models.Q(disposition=Disposition.CONTINUE, hours_before=None),
                name="hold_has_hours_and_taper_its_words",
            ),
            models.CheckConstraint(
                condition=models.Q(route__in=["", *Route.values]), name="condition_route_is_a_route"
            ),
        ]

    @property
    def patient(self) -> Patient:
        return self.review.screening.patient

    @property
    def condition(self) -> rules.Condition:
        """The row as the rules read it."""
        return rules.Condition(
            kind=ConditionKind(self.kind),
            mg=self.mg,
            route=self.route,
            medicine=self.medicine,
            disposition=self.disposition,
            hours_before=self.hours_before,
            words=self.words,
        )

    def __str__(self) -> str:
        return self.condition.in_words


class FindingJudgement(ClinicRow):
    """What the prescriber said of one finding, as part of a review."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="judgements")
    finding = models.ForeignKey(Finding, on_delete=models.PROTECT, related_name="judgements")
    judgement = models.CharField(max_length=30, choices=Judgement.choices)
    words = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["review", "finding"], name="a_finding_is_judged_once")]

    @property
    def patient(self) -> Patient:
        return self.review.screening.patient

    def __str__(self) -> str:
        return f"{self.finding_id}: {self.get_judgement_display()}"
