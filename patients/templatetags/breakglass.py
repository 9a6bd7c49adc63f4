"""What every page of a record shows while it is open by emergency access."""

from django import template
from django.template.context import Context

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
