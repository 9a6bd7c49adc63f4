"""The checks before a move of a course: met or open, what the record says of each, and who can clear it where."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.urls import reverse

from kap_clinic.accounts.access import may
from kap_clinic.accounts.membership import Member
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.rights import who_may
from patients.course.models import Course
from patients.course.rules import NEEDS

MET = {
    "privacy_signed": "Privacy consent signed",
    "identity_checked": "Identity checked",
    "screening_complete": "Screening submitted",
    "baseline_done": "Baseline measures done",
    "eligible": "Eligible by screening and approval",
    "live_visit_done": "Live visit done",
    "indication_noted": "Indication and what was tried noted",
    "monitoring_checked": "Monitoring database checked",
    "financial_talk": "Financial consent talked through and signed",
    "treatment_talk": "Treatment consent talked through",
    "therapist_assigned": "A therapist is on the team",
    "emergency_contact": "Emergency contact on file",
    "escort": "Escort on file",
    "treatment_valid": "Treatment consent valid",
    "touch_valid": "Touch consent answered",
    "preparation_done": "Preparation done",
    "order_signed": "Dose order signed",
    "gates_closed": "Gates closed",
    "series_over": "Planned number of doses given",
}


@dataclass(frozen=True)
class Clearing:
    """Who can clear a check (who has the right), what the button says, and the page it leads to."""

    right: Permission
    act: str
    page: str


CONSENTS = Clearing(Permission.CONSENT_MAKE, "Consents", "consents")
PLANNED = {  # the field of the course page where each is noted
    "identity_checked": "identity_checked_on",
    "live_visit_done": "live_visit_on",
    "indication_noted": "indication",
    "monitoring_checked": "monitoring_checked_on",
}
CONTACTS = Clearing(Permission.PATIENT_EDIT, "Add", "contact")
CLEARED_BY = {
    "privacy_signed": CONSENTS,
    "financial_talk": CONSENTS,
    "treatment_talk": CONSENTS,
    "treatment_valid": CONSENTS,
    "touch_valid": CONSENTS,
    "consent_renewed": CONSENTS,
    **{need: Clearing(Permission.SCREENING_RECORD, "Note it", f"#{field}") for need, field in PLANNED.items()},
    "screening_complete": Clearing(Permission.SCREENING_RECORD, "Go on", "screening"),
    "baseline_done": Clearing(Permission.MEASURE_RECORD, "Measures", "measures"),
    "eligible": Clearing(Permission.SCREENING_DECIDE, "Review", "review"),
    "therapist_assigned": Clearing(Permission.TEAM_ADD, "Add", "team"),
    "emergency_contact": CONTACTS,
    "escort": CONTACTS,
    "order_signed": Clearing(Permission.ORDER_DRAFT, "Orders", "orders"),
}


@dataclass(frozen=True)
class Check:
    """One thing a move needs, as components/gates.html shows it."""

    state: str  # met, open
    name: str
    fact: str
    url: str = ""
    act: str = ""


@dataclass(frozen=True)
class Known:
    """What is known of a course's checks: whether each is met, what the record says of it, and who looks.

    `said` is the fact and its date beside a met check, or why it is open in more words than the table of moves has;
    `screening` is the newest screening's reference.
    """

    course: Course
    member: Member
    met: Mapping[str, bool]
    said: Mapping[str, str] = field(default_factory=dict)
    screening: str = ""

    def check(self, need: str) -> Check:
        met, said = bool(self.met.get(need)), self.said.get(need, "")
        name = MET.get(need, need.replace("_", " ").capitalize())
        if met:
            return Check("met", name, said)
        clearing = CLEARED_BY.get(need)
        if clearing is None:
            return Check("open", name, said or NEEDS[need])
        if may(self.member, clearing.right, self.course.patient) and (url := self._address(clearing.page)):
            return Check("open", name, said or NEEDS[need], url, clearing.act)
        return Check("open", name, f"{said or NEEDS[need]} {_whose(clearing.right)}")

    def _address(self, page: str) -> str:
        patient = self.course.patient.ref
        if page in {"screening", "review"}:
            name = {"screening": "screening:check", "review": "desk:review"}[page]
            return reverse(name, args=[self.screening]) if self.screening else ""
        if page.startswith("#"):
            return f"{reverse('desk:course', args=[self.course.ref])}#id_{page[1:]}"
        names = {
            "consents": "consents:overview",
            "measures": "screening:measures",
            "team": "patients:join_team",
            "contact": "patients:add_contact",
            "orders": "orders:list",
        }
        return reverse(names[page], args=[patient])


def _whose(right: Permission) -> str:
    """ "By the therapist or prescriber." """
    return f"By the {' or '.join(list(who_may(right))[:2]).lower()}."
