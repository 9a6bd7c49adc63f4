"""Those who act here without an account of the clinic: the holder of a patient link, and the system."""

from dataclasses import dataclass, field

from kap_clinic.accounts.membership import Member


@dataclass(frozen=True)
class LinkHolder:
    """Who opened a patient link and passed the second check: one patient, one purpose (permissions.md rule 8)."""

    clinic_id: int
    patient_id: int
    roles: frozenset[str] = frozenset({"patient_link"})
    user_id: None = None


@dataclass(frozen=True)
class System:
    """A task at work in one clinic, with its own few rights and those of the person who caused it (SEC-14)."""

    clinic_id: int
    caused_by: Member | None = None
    roles: frozenset[str] = field(default=frozenset({"system"}), init=False)

    @property
    def user_id(self) -> int | None:
        return self.caused_by.user_id if self.caused_by else None


Principal = Member | LinkHolder | System
