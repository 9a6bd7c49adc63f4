"""What every page of a record shows while it is open by emergency access."""

from django import template
from django.template.context import Context

from kap_clinic.accounts.access import may
from kap_clinic.accounts.permissions import Permission
from patients.breakglass import selectors
from patients.record.models import Patient

register = template.Library()


@register.inclusion_tag("breakglass/_banner.html", takes_context=True)
def emergency_access(context: Context, patient: Patient) -> dict[str, object]:
    """{% load breakglass %}{% emergency_access patient %}: nothing, unless it is how this person got in."""
    return {
        "glass": selectors.banner(patient, context["request"].member),
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("breakglass/_today.html", takes_context=True)
def emergency_uses(context: Context) -> dict[str, object]:
    """{% emergency_uses %}: on Today, the emergency accesses nobody has reviewed, for reviewers and the care team."""
    member = context["request"].member
    asked = any(may(member, permission) for permission in (Permission.BREAK_GLASS_REVIEW, Permission.TEAM_VIEW))
    return {"uses": selectors.waiting(member) if asked else []}
