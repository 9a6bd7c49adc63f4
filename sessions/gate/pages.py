"""The check as its page shows it: a row for each item, with its own small form or the page that clears it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone

from kap_clinic.accounts.access import may
from kap_clinic.accounts.membership import Member
from kap_clinic.accounts.models import Membership
from kap_clinic.accounts.permissions import Permission as P
from kap_clinic.accounts.terms import Role
from kap_clinic.web.forms import ClinicForm
from patients.record.models import CareTeamMember, Contact
from patients.record.rules import in_words
from patients.record.terms import ContactKind
from sessions.dosing.models import DosingSession
from sessions.dosing.terms import DosingState
from sessions.gate import selectors
from sessions.gate.actions import CLINICIANS, OPEN_STATES
from sessions.gate.forms import FORMS, Around, BaselineForm, ReasonForm
from sessions.gate.rules import REASON_LENGTH, ItemResult
from sessions.gate.rules.facts import Answer
from sessions.gate.selectors import Gate
from sessions.gate.terms import Check, Comfort, GateItem, Identifier, ItemState

# What is asked in the row of an item; the rest of the items are cleared on a page of their own.
ASKED: Mapping[GateItem, tuple[Check, ...]] = {
    GateItem.SCREENING_CURRENT: (Check.CONDITIONS,),
    GateItem.CHANGES_SINCE_LAST: (Check.CHANGES,),
    GateItem.MEDICATIONS_RECONCILED: (Check.MEDICINES,),
    GateItem.SUICIDE_CHECK: (Check.ASQ,),
    GateItem.VITALS_TODAY: (Check.VITALS_SEEN,),
    GateItem.CONSENT_TODAY: (Check.CONSENT_TODAY,),
    GateItem.INTEGRATION_DONE: (Check.WAIVER,),
    GateItem.FASTING_OK: (Check.FASTING,),
    GateItem.SUBSTANCES_OK: (Check.SUBSTANCES,),
    GateItem.ESCORT_CONFIRMED: (Check.ESCORT,),
    GateItem.STAFF_READY: (Check.STAFF, Check.EQUIPMENT),
}
# As they come up between arrival and dose (dosing-reference 7), not as protocol 4 counts them.
IN_ORDER = (
    GateItem.CHANGES_SINCE_LAST,
    GateItem.MEDICATIONS_RECONCILED,
    GateItem.FASTING_OK,
    GateItem.SUBSTANCES_OK,
    GateItem.SUICIDE_CHECK,
    GateItem.ESCORT_CONFIRMED,
    GateItem.STAFF_READY,
    GateItem.CONSENT_TODAY,
    GateItem.VITALS_TODAY,
)
BESIDE = (Check.INTENTION, Check.COMFORT)  # asked on the day, no item of the gate
# Where an item on file is cleared: address, what the link says, the right it needs. `patient`, `course`: which ref.
CLEARED_AT: Mapping[GateItem, tuple[str, str, P]] = {
    GateItem.MEDICATIONS_RECONCILED: ("patients:add_medicine patient", "Add a medicine", P.MEDICINE_RECORD),
    GateItem.WEIGHT_CURRENT: ("patients:measure_weight patient", "Weigh", P.VITALS_RECORD),
    GateItem.PREGNANCY_CURRENT: ("outside:record_lab patient pregnancy", "Record a test", P.VITALS_RECORD),
    GateItem.CONSENTS_VALID: ("consents:overview patient", "Consents", P.CONSENT_VIEW),
    GateItem.PREPARATION_DONE: ("desk:course course", "Course", P.COURSE_VIEW),
    GateItem.INTEGRATION_DONE: ("desk:course course", "Course", P.COURSE_VIEW),
    GateItem.ORDER_VALID: ("orders:list patient", "Orders", P.ORDER_VIEW),
    GateItem.NO_OPEN_SERIOUS_EVENT: ("events:list patient", "Adverse events", P.EVENT_VIEW),
    GateItem.LABS_OK: ("outside:list patient", "Results", P.VITALS_VIEW),
    GateItem.COURSE_OPEN: ("desk:course course", "Course", P.COURSE_VIEW),
    GateItem.NO_OPEN_CRITICAL_TASK: ("desk:safety", "Safety tasks", P.TASK_VIEW),
    GateItem.SUICIDE_CHECK: ("desk:safety", "Safety tasks", P.TASK_VIEW),
}
LOOK = {
    "met": ("ok", "Met"),
    "override": ("alert", "OVERRIDE"),
    "open": ("open", "Not checked"),
    "judge": ("alert", "Not met"),
    "stop": ("stop", "Not met, no override"),
}


@dataclass(frozen=True)
class Small:
    """One small form of a row: where it goes, what its button says, and when it was answered last."""

    form: ClinicForm
    url: str
    act: str
    title: str = ""
    last: str = ""


@dataclass(frozen=True)
class Row:
    """One item as the page shows it. `state`: met, override, open, judge, stop."""

    code: str
    number: int | None
    name: str
    state: str
    fact: str
    who: str = ""
    how: str = ""
    since: str = ""
    until: datetime | None = None
    caution: str = ""
    forms: list[Small] = field(default_factory=list)
    link: tuple[str, str] | None = None
    override_url: str = ""
    override_form: ClinicForm | None = None
    override: Any = None
    fixed: str = ""
    is_open: bool = False

    @property
    def icon(self) -> str:
        return LOOK[self.state][0]

    @property
    def said(self) -> str:
        return LOOK[self.state][1]


@dataclass(frozen=True)
class Page:
    """The whole check: what is asked today, what is on file, and whether a prescriber may sign."""

    dosing: DosingSession
    gate: Gate
    arrival: list[Row]
    today: list[Row]
    on_file: list[Row]
    beside: list[Row]
    may_sign: bool
    may_ask: bool
    may_stop: bool
    stop_form: ClinicForm
    now: datetime

    @property
    def percent(self) -> int:
        return round(100 * self.gate.met_count / len(self.gate.items))

    @property
    def is_signed(self) -> bool:
        return self.dosing.state == DosingState.READY

    @property
    def is_begun(self) -> bool:
        return self.dosing.state != DosingState.PLANNED

    @property
    def reasons(self) -> list[str]:
        """Why nobody can sign now; empty when it can be signed."""
        if self.dosing.state != DosingState.GATE_CHECK:
            return [STATES.get(DosingState(self.dosing.state), "This session is past its check.")]
        return self.gate.reasons


# What the day sheet leaves room for by hand: when, and what is written.
MOMENTS = (
    ("Arrived", "Two identifiers"),
    ("Last solid food, last drink", "Times"),
    ("Last times of held medicines", "Which, when"),
    ("Rested 5 min, baseline", "BP, pulse, SpO2, breaths"),
    ("Second person: identity, drug, dose, route, weight", "Name"),
    ("Prescriber: ready to dose", "Name"),
    ("Dose", "mg, site, lot, given by, witness"),
    ("Checks after the dose", "BP, pulse, SpO2, breaths, MOAA/S, distress"),
    ("Left, with whom", "Name, phone"),
)
STATES = {
    DosingState.PLANNED: "The check has not begun: check the identity first.",
    DosingState.READY: "The gate is signed: the dose may start.",
    DosingState.GATE_FAILED: "Not today: the check was ended.",
    DosingState.ABORTED: "This session was called off.",
}


def page(dosing: DosingSession, member: Member, tried: Mapping[str, ClinicForm] | None = None) -> Page:
    """What the check shows this person now; `tried` are forms that were refused, by code."""
    now = timezone.now()
    fresh = DosingSession.objects.select_related("patient__clinic", "course__clinic", "appointment", "ready_by")
    dosing = fresh.get(pk=dosing.pk)
    gate = selectors.gate_of(dosing, now)
    built = _Built(dosing, member, gate, now, tried or {})
    return Page(
        dosing=dosing,
        gate=gate,
        arrival=[built.identity()],
        today=built.opened([built.row(code) for code in IN_ORDER]),
        on_file=[built.row(code) for code in GateItem if code not in IN_ORDER],
        beside=[built.aside(code) for code in BESIDE],
        may_sign=may(member, P.GATE_SIGN, dosing),
        may_ask=built.may_ask,
        may_stop=built.may_ask,
        stop_form=built.tried.get("failed") or ReasonForm(label="Why not today?"),
        now=now,
    )


class _Built:
    """Builds rows; knows who looks, and what was asked before."""

    def __init__(
        self,
        dosing: DosingSession,
        member: Member,
        gate: Gate,
        now: datetime,
        tried: Mapping[str, ClinicForm],
    ) -> None:
        self.dosing, self.member, self.gate, self.now, self.tried = dosing, member, gate, now, tried
        self.facts = gate.facts
        self.may_ask = dosing.state in OPEN_STATES and may(member, P.DOSING_RECORD, dosing)
        self.may_measure = self.may_ask and may(member, P.VITALS_RECORD, dosing)
        self.may_sign = dosing.state in OPEN_STATES and may(member, P.GATE_SIGN, dosing)
        self.around = around(dosing, gate) if self.may_ask else Around(self.facts)
        self.begun = dosing.state != DosingState.PLANNED

    def row(self, code: GateItem) -> Row:
        item = next(one for one in self.gate.items if one.code == code)
        forms = list(self._forms(item)) if self.begun else []
        return Row(
            code=code.value,
            number=item.number,
            name=code.label,
            state=state_of(item),
            fact=item.fact,
            who=item.clears.who,
            how=item.clears.how,
            since=self._since(item),
            until=item.until,
            caution=item.caution,
            forms=forms,
            link=self._link(code) if not item.is_met or code == GateItem.MEDICATIONS_RECONCILED else None,
            override_url=self._override_url(item),
            override_form=self._override_form(item),
            override=item.override,
            fixed=item.fixed,
            is_open=any(small.form.is_bound for small in forms),
        )

    def _forms(self, item: ItemResult) -> Iterable[Small]:
        if item.code == GateItem.VITALS_TODAY and self.may_measure:
            form = self.tried.get("baseline") or BaselineForm()
            yield Small(form, reverse("gate:baseline", args=[self.dosing.ref]), BaselineForm.act)
        for check in ASKED.get(item.code, ()):
            if self._asks(check, item):
                yield self.small(check)

    def _asks(self, check: Check, item: ItemResult) -> bool:
        """Whether this person is asked this now: some things are said only where there is something to say."""
        if not self.may_ask:
            return False
        if check == Check.VITALS_SEEN:
            return self.may_sign and item.state == ItemState.FAIL and not item.fact.endswith("No dose today.")
        if check == Check.CONDITIONS:
            return bool(self.facts.screened and self.facts.screened.conditions)
        if check == Check.WAIVER:
            return item.state == ItemState.FAIL and Role.THERAPIST in self.member.roles
        return check != Check.ASQ or may(self.member, P.MEASURE_RECORD, self.dosing.patient)

    def small(self, check: Check) -> Small:
        form = self.tried.get(check.value) or FORMS[check](around=self.around)
        last = self.facts.answers.get(check)
        said = f"Last: {self.facts.clock(last.at)}, {last.by}" if last else ""
        url = reverse("gate:answer", args=[self.dosing.ref, check.value])
        return Small(form, url, FORMS[check].act, check.label, said)

    def identity(self) -> Row:
        answer = self.facts.answers.get(Check.IDENTITY)
        forms = [self.small(Check.IDENTITY)] if self.may_ask and not self.begun else []
        fact = identity_in_words(answer, self.facts) if answer else "Not checked yet."
        state = "met" if answer and self.begun else "open"
        return Row("identity", None, "Arrived, and identity", state, fact, forms=forms, is_open=not self.begun)

    def aside(self, check: Check) -> Row:
        answer = self.facts.answers.get(check)
        forms = [self.small(check)] if self.may_ask and self.begun else []
        fact = self._said_aside(check, answer)
        is_open = any(small.form.is_bound for small in forms)
        return Row(check.value, None, check.label, "met" if answer else "open", fact, forms=forms, is_open=is_open)

    def _said_aside(self, check: Check, answer: Answer | None) -> str:
        if answer is None:
            return "Not asked yet."
        if check == Check.INTENTION:
            return str(answer.data.get("words", ""))
        done = [str(Comfort(one).label) for one in answer.data.get("items", []) if one in Comfort.values]
        return ", ".join(done) or "Nothing ticked."

    def opened(self, rows: list[Row]) -> list[Row]:
        """The first row that was not asked yet stands open, unless one was refused."""
        if not self.begun or any(row.is_open for row in rows):
            return rows
        first = next((row for row in rows if row.state == "open" and row.forms), None)
        return [_open(row) if row is first else row for row in rows]

    def _link(self, code: GateItem) -> tuple[str, str] | None:
        if code == GateItem.SCREENING_CURRENT:
            screened = self.facts.screened
            if screened is None or not may(self.member, P.SCREENING_VIEW, self.dosing.patient):
                return None
            return reverse("screening:check", args=[screened.ref]), "Screening"
        if code not in CLEARED_AT:
            return None
        where, words, permission = CLEARED_AT[code]
        return (self._address(where), words) if may(self.member, permission, self.dosing.patient) else None

    def _address(self, where: str) -> str:
        name, *needs = where.split()
        known = {"patient": self.dosing.patient.ref, "course": self.dosing.course.ref}
        return reverse(name, args=[known.get(need, need) for need in needs])

    def _override_url(self, item: ItemResult) -> str:
        if not (item.may_override and self.may_sign and self.begun):
            return ""
        return reverse("gate:override", args=[self.dosing.ref, item.code.value])

    def _override_form(self, item: ItemResult) -> ClinicForm | None:
        return override_form(item) if self._override_url(item) else None

    def _since(self, item: ItemResult) -> str:
        if isinstance(item.since, datetime):
            return self.facts.clock(item.since)
        return in_words(item.since) if isinstance(item.since, date) else ""


def _open(row: Row) -> Row:
    return Row(**{**row.__dict__, "is_open": True})


def override_form(item: ItemResult, data: Any = None) -> ReasonForm:
    form = ReasonForm(data, label=f"Why is “{item.code.label}” set aside for this dose?", least=REASON_LENGTH)
    form.auto_id = f"id_{item.code.value}_%s"
    return form


def state_of(item: ItemResult) -> str:
    if item.state == ItemState.PASS:
        return "met"
    if item.state == ItemState.OVERRIDDEN:
        return "override"
    if item.state == ItemState.NOT_CHECKED:
        return "open"
    return "stop" if item.fixed else "judge"


def identity_in_words(answer: Answer, facts: Any) -> str:
    checked = [str(Identifier(one).label) for one in answer.data.get("identifiers", []) if one in Identifier.values]
    return f"{'; '.join(checked)} ({facts.clock(answer.at)}, {answer.by})."


def around(dosing: DosingSession, gate: Gate) -> Around:
    """Who could be in the room: the people of the visit first, then the care team; and the escort on file."""
    there = dosing.appointment.staff.filter(left_at=None).values_list("user_id", flat=True)
    team = CareTeamMember.objects.filter(patient=dosing.patient, left_at=None).values_list("user_id", flat=True)
    rows = Membership.objects.filter(
        clinic_id=dosing.clinic_id, ended_at=None, user__is_active=True, user_id__in={*there, *team}
    )
    people = sorted(rows.values_list("user_id", "user__name", "roles"), key=lambda one: (one[0] not in there, one[1]))
    escort = Contact.objects.filter(patient=dosing.patient, ended_at=None, kind=ContactKind.ESCORT).order_by("id")
    return Around(
        facts=gate.facts,
        therapists=[(pk, name) for pk, name, roles in people if Role.THERAPIST in roles],
        clinicians=[(pk, name) for pk, name, roles in people if set(CLINICIANS).intersection(roles)],
        escort=next(iter(escort.values_list("name", "phone")), ("", "")),
    )
