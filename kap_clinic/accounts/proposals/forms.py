"""One form for each thing that two people decide. The choices are the people of this clinic."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from typing import Any, ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms

from kap_clinic.accounts.grants.models import LONGEST
from kap_clinic.accounts.models import Membership
from kap_clinic.accounts.proposals import actions
from kap_clinic.accounts.proposals.models import Proposal
from kap_clinic.accounts.proposals.terms import ProposalKind
from kap_clinic.accounts.terms import Role
from kap_clinic.web.forms import ClinicForm, DateField

A_REF = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class ProposalForm(ClinicForm):
    """What all have in common: about whom, and why. `propose` makes the proposal."""

    title: ClassVar[str]
    member = forms.ModelChoiceField(Membership.objects.none(), label="Whom it is about", to_field_name="ref")
    reason = forms.CharField(label="Why", max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
    field_order: Iterable[str] | None = None

    def __init__(self, *args: Any, people: Any, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone
        for field in self.fields.values():
            if isinstance(field, forms.ModelChoiceField):
                field.queryset = people
                field.label_from_instance = _name  # type: ignore[method-assign, assignment]

    def propose(self, by: Any) -> Proposal:
        raise NotImplementedError


def _name(membership: Any) -> str:
    return f"{membership.user}, {', '.join(Role(role).label.lower() for role in membership.roles)}"


class RolesForm(ProposalForm):
    title = "Change of roles"
    roles = forms.MultipleChoiceField(
        label="Roles from now on", choices=Role.choices, widget=forms.CheckboxSelectMultiple
    )
    field_order = ("member", "roles", "reason")

    def propose(self, by: Any) -> Proposal:
        said = self.cleaned_data
        roles = map(Role, said["roles"])
        return actions.propose_roles(membership=said["member"], roles=roles, reason=said["reason"], by=by)


class EndForm(ProposalForm):
    title = "End of somebody's place in the clinic"

    def propose(self, by: Any) -> Proposal:
        said = self.cleaned_data
        return actions.propose_membership_end(membership=said["member"], reason=said["reason"], by=by)


class MfaResetForm(ProposalForm):
    title = "Reset of a second factor"

    def propose(self, by: Any) -> Proposal:
        said = self.cleaned_data
        return actions.propose_mfa_reset(membership=said["member"], reason=said["reason"], by=by)


class SupervisionForm(ProposalForm):
    title = "Supervision of a trainee"
    member = forms.ModelChoiceField(Membership.objects.none(), label="Supervisor", to_field_name="ref")
    trainee = forms.ModelChoiceField(Membership.objects.none(), label="Trainee", to_field_name="ref")
    field_order = ("member", "trainee", "reason")

    def propose(self, by: Any) -> Proposal:
        said = self.cleaned_data
        return actions.propose_supervision(
            supervisor=said["member"], trainee=said["trainee"], reason=said["reason"], by=by
        )


class GrantForm(ProposalForm):
    """Named records, by the addresses of their charts, or what was written in a period."""

    title = "Reading grant"
    member = forms.ModelChoiceField(Membership.objects.none(), label="Who may read", to_field_name="ref")
    records = forms.CharField(
        label="Records",
        help_text="The address of each chart, one a line. Leave empty to grant a period.",
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    period_from = DateField(label="Written from", required=False)
    period_to = DateField(label="Written until", required=False)
    days = forms.IntegerField(label="Days", min_value=1, max_value=LONGEST.days, initial=LONGEST.days)
    reason = forms.CharField(label="Purpose", max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
    field_order = ("member", "records", "period_from", "period_to", "days", "reason")

    def clean_records(self) -> list[UUID]:
        lines = [line for line in self.cleaned_data["records"].splitlines() if line.strip()]
        found = [A_REF.search(line) for line in lines]
        if not all(found):
            raise forms.ValidationError("Paste the whole address of each chart, one a line")
        return [UUID(match[0]) for match in found if match]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        first, last = said.get("period_from"), said.get("period_to")
        if bool(first) != bool(last) and not {"period_from", "period_to"} & self.errors.keys():
            self.add_error("period_to", "Enter both days of the period, or neither")
        elif first and last and last < first:
            self.add_error("period_to", "Enter a day that is not before the first")
        return said

    def propose(self, by: Any) -> Proposal:
        said = self.cleaned_data
        period = None
        if said["period_from"]:
            zone = ZoneInfo(self.zone)
            days = (said["period_from"], said["period_to"] + timedelta(days=1))
            first, after = (datetime.combine(day, time(), zone).astimezone(UTC) for day in days)
            period = (first, after)
        return actions.propose_grant(
            clinic_id=said["member"].clinic_id,
            reader=said["member"].user,
            purpose=said["reason"],
            days=said["days"],
            patient_refs=said["records"],
            period=period,
            by=by,
        )


FORMS: dict[str, type[ProposalForm]] = {
    ProposalKind.ROLES: RolesForm,
    ProposalKind.MEMBERSHIP_END: EndForm,
    ProposalKind.MFA_RESET: MfaResetForm,
    ProposalKind.GRANT: GrantForm,
    ProposalKind.SUPERVISION: SupervisionForm,
}


class WhyForm(ClinicForm):
    why = forms.CharField(label="Why not", max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
