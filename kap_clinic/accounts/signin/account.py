"""My account: second factors, where I am signed in, the password, and how pages look to me."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from kap_clinic import wall
from kap_clinic.accounts.access import requires
from kap_clinic.accounts.lock import idle
from kap_clinic.accounts.membership import all_live
from kap_clinic.accounts.models import TEXT_SIZES, THEMES
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.accounts.signin import factors, reset, sessions
from kap_clinic.accounts.signin.confirm import recently_confirmed
from kap_clinic.accounts.signin.forms import NewPasswordForm
from kap_clinic.accounts.terms import Event
from kap_clinic.audit.actions import opened, record
from kap_clinic.web.context_processors import TEXT_COOKIE, THEME_COOKIE
from kap_clinic.web.forms import ClinicForm, Segmented

LOOK = ("theme", "text_size", "clock_12h")


class LookForm(ClinicForm):
    theme = forms.ChoiceField(label="Light or dark", choices=THEMES, widget=forms.RadioSelect)
    text_size = forms.ChoiceField(label="Text size", choices=TEXT_SIZES, widget=forms.RadioSelect)
    clock_12h = forms.BooleanField(label="Show times as 2:30 pm", required=False)
    shared = forms.BooleanField(label="Several people use this device: lock it sooner", required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.helper.mark_optional = False
        self.helper.layout.fields[:2] = [Segmented("theme"), Segmented("text_size")]


@requires(Permission.OWN_ACCOUNT)
def account(request: StaffRequest) -> HttpResponse:
    look = {name: getattr(request.user, name) for name in LOOK} | {"shared": idle.is_shared(request)}
    context = {
        "clinics": all_live(request.user),
        "mine": factors.overview(request.user),
        "places": sessions.places(request),
        "look": LookForm(initial=look),
        "idle_minutes": idle.minutes(request),
    }
    opened(request, Event.ACCOUNT_OPENED)
    return render(request, "account/account.html", context)


@require_POST
@requires(Permission.OWN_ACCOUNT_EDIT)
def change_look(request: StaffRequest) -> HttpResponse:
    """For every device of the person; this one follows at once."""
    form = LookForm(request.POST)
    if not form.is_valid():
        raise Http404  # only hand-made requests get here
    for name in LOOK:
        setattr(request.user, name, form.cleaned_data[name])
    request.user.save(update_fields=LOOK)
    record(Event.OWN_ACCOUNT_CHANGED, by=request.user)
    messages.success(request, "Saved.")
    response = redirect("account")
    for cookie in (THEME_COOKIE, TEXT_COOKIE):
        response.delete_cookie(cookie)
    idle.mark_device(request, response, shared=form.cleaned_data["shared"])
    return response


@require_http_methods(["GET", "POST"])
@requires(Permission.OWN_ACCOUNT_EDIT)
@recently_confirmed
def change_password(request: StaffRequest) -> HttpResponse:
    form = NewPasswordForm(request.POST if request.method == "POST" else None, user=request.user)
    if not form.is_valid():
        return render(request, "account/change_password.html", {"form": form}, status=form.status)
    reset.set_password(request.user, form.cleaned_data["password"], keep=request)
    messages.success(request, "Your new password is set. You stay signed in here; every other session has ended.")
    return redirect("account")


@require_POST
@requires(Permission.OWN_ACCOUNT_EDIT)
def end_session(request: StaffRequest, key: int) -> HttpResponse:
    if not sessions.end(request.user, key):
        raise Http404
    messages.success(request, "That session has ended.")
    return redirect("account")


@require_POST
@requires(Permission.OWN_ACCOUNT_EDIT)
def end_other_sessions(request: StaffRequest) -> HttpResponse:
    sessions.end_all(request.user, keep=request)
    record(Event.SESSION_ENDED, by=request.user, all_others=True)
    messages.success(request, "You are signed in here and nowhere else.")
    return redirect("account")


@require_POST
@requires(Permission.OWN_ACCOUNT_EDIT)
def choose_clinic(request: StaffRequest) -> HttpResponse:
    """For somebody who works at several: which one this session is in."""
    wanted = request.POST.get("clinic", "")
    chosen = next((place for place in all_live(request.user) if str(place.clinic_id) == wanted), None)
    if chosen is None:
        raise Http404
    request.session["clinic_id"] = chosen.clinic_id
    wall.set_clinic(chosen.clinic_id)
    record(Event.CLINIC_CHOSEN, by=request.user)
    return redirect("/")
