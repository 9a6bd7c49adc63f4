"""What templates of every app may take from the desk: the banner of a patient."""

from django import template
from django.template.context import Context
from django.utils.safestring import SafeString

from kap_clinic.desk.banner import banner
from kap_clinic.web.templatetags.kap import patient_banner
from patients.record.days import today_in
from patients.record.models import Patient

register = template.Library()


@register.simple_block_tag(takes_context=True)
def banner_of(context: Context, content: str, patient: Patient) -> SafeString:
    """{% load desk %}{% banner_of patient %}buttons{% endbanner_of %}: who this page is about, as this person may see it."""
    member = context["request"].member
    return patient_banner(context, content, banner(patient, today_in(member.zone), member=member))
