"""What templates of every app may take from the desk: the banner of a patient."""

from django import template
from django.template.context import Context
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from kap_clinic.desk.banner import Banner, banner
from kap_clinic.web.templatetags.kap import patient_banner
from patients.record.days import today_in
from patients.record.models import Patient
from patients.templatetags.breakglass import emergency_access

register = template.Library()


@register.simple_block_tag(takes_context=True)
def banner_of(context: Context, content: str, patient: Patient) -> SafeString:
    """{% load desk %}{% banner_of patient %}buttons{% endbanner_of %}: whom a page is about, as this person may see."""
    member = context["request"].member
    return banner_read(context, content, banner(patient, today_in(member.zone), member=member), patient)


@register.simple_block_tag(takes_context=True)
def banner_read(context: Context, content: str, who: Banner, patient: Patient) -> SafeString:
    """The same from a banner the page has read; with a notice where emergency access is the way in."""
    notice = render_to_string("breakglass/_banner.html", emergency_access(context, patient))
    return patient_banner(context, content, who) + notice
