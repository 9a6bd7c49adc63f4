"""The gate of the demo: what a prescriber set aside before the approved patient's first dose."""

from django.utils import timezone

from kap_clinic.accounts.models import User
from kap_clinic.accounts.terms import Role
from kap_clinic.dev.demo.decisions import FAMILY
from sessions.dosing.models import DosingSession
from sessions.gate import actions, selectors
from sessions.gate.models import GateOverride

WHY = "Drawn this morning, liver enzymes were normal in spring; the result is read before the second dose."


def load(users: dict[str, User]) -> GateOverride | None:
    """One override on the planned session, of the first item on file that is open and may be set aside."""
    dosing = DosingSession.objects.filter(patient__family_name=FAMILY).order_by("id").last()
    if dosing is None:
        return None
    gate = selectors.gate_of(dosing, timezone.now())
    item = next((one for one in reversed(gate.standing) if one.may_override), None)
    if item is None:
        return None
    return actions.override(dosing=dosing, item=item.code, reason=WHY, by=users["prescriber"], role=Role.PRESCRIBER)
