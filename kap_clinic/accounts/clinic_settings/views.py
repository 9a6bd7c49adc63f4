"""The clinic's settings: what holds, who set it and when, and every version before."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kap_clinic.accounts import setting_keys
from kap_clinic.accounts.access import duties, may, needs_second_person, requires
from kap_clinic.accounts.actions import change_setting
from kap_clinic.accounts.clinic_settings import selectors
from kap_clinic.accounts.clinic_settings.forms import SettingForm
from kap_clinic.accounts.clinic_settings.tabs import first_topic, tabs
from kap_clinic.accounts.models import Clinic, ClinicSetting
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.proposals.actions import propose_setting
from kap_clinic.accounts.refusals import Refused
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.accounts.setting_keys import Key
from kap_clinic.accounts.signin.confirm import ask
from kap_clinic.accounts.signin.records import confirmed_within
from kap_clinic.accounts.terms import Event
from kap_clinic.audit.actions import opened

HOURS_ONLY, HOURS = "opening_hours", "hours"


@require_safe
@requires(Permission.SETTINGS_VIEW)
def index(request: StaffRequest) -> HttpResponse:
    return redirect(first_topic(request))


@require_safe
@requires(Permission.SETTINGS_VIEW)
def topic(request: StaffRequest, topic: str) -> HttpResponse:
    """One page of settings: each with its value, and who set it when."""
    _check_topic(request, topic)
    opened(request, Event.SETTINGS_OPENED, topic=topic)
    held = selectors.topic(topic, request.member.clinic_id)
    return render(request, "settings/topic.html", {"tabs": tabs(request, topic), "held": held, "topic": topic})


@require_http_methods(["GET", "POST"])
@requires(Permission.SETTINGS_VIEW)
def setting(request: StaffRequest, topic: str, key: str) -> HttpResponse:
    """One setting: changing it, and its versions."""
    _check_topic(request, topic)
    declared = _key(topic, key)
    versions = selectors.versions(declared, request.member.clinic_id)
    posted = request.POST if request.method == "POST" else None
    form = SettingForm(posted, key=declared, value=versions[0].value)
    if posted is not None and not may(request.member, declared.permission):
        raise Refused(declared.permission)
    if form.is_valid():
        return _change(request, declared, form.value, form.cleaned_data["reason"])
    if posted is None:
        opened(request, Event.SETTINGS_OPENED, topic=topic, key=key)
    context = {
        "tabs": tabs(request, topic),
        "topic": topic,
        "key": declared,
        "form": form,
        "versions": versions,
        "may_change": may(request.member, declared.permission),
    }
    return render(request, "settings/setting.html", context, status=form.status)


@require_POST
@requires(Permission.SETTINGS_EDIT, Permission.CLINICAL_SETTINGS_EDIT)
def restore(request: StaffRequest, topic: str, key: str, ref: Any) -> HttpResponse:
    """An older version holds again, as a new one."""
    _check_topic(request, topic)
    declared = _key(topic, key)
    if not may(request.member, declared.permission):
        raise Refused(declared.permission)
    row = ClinicSetting.objects.filter(ref=ref, key=key).first()
    if row is None:
        raise Http404
    reason = f"Back to the version of {row.set_at:%d %b %Y, %H:%M}"
    return _change(request, declared, declared.from_json(row.value), reason)


def _change(request: StaffRequest, key: Key, value: Any, reason: str) -> HttpResponse:
    member = request.member
    if needs_second_person(member, key.permission):
        if not confirmed_within(request):
            return ask(request)
        propose_setting(clinic_id=member.clinic_id, key=key.name, value=value, reason=reason, by=request.user)
        messages.success(request, "Proposed. It holds once a second person agrees.")
    else:
        clinic = Clinic.objects.get(pk=member.clinic_id)
        change_setting(clinic=clinic, key=key.name, value=value, by=request.user, reason=reason)
        messages.success(request, f"Saved: {key.label}.")
    return redirect("settings:topic", key.topic)


def _check_topic(request: StaffRequest, topic: str) -> None:
    """Some roles see the opening hours and nothing else."""
    if not setting_keys.of_topic(topic):
        raise Http404
    if HOURS_ONLY in duties(request.member, Permission.SETTINGS_VIEW) and topic != HOURS:
        raise Refused(Permission.SETTINGS_VIEW)


def _key(topic: str, name: str) -> Key:
    found = next((key for key in setting_keys.of_topic(topic) if key.name == name), None)
    if found is None:
        raise Http404
    return found
