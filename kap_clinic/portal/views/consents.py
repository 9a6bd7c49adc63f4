"""A consent: read part by part, a question or two, then yes with a name, or no."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from kap_clinic.audit.actions import origin
from kap_clinic.portal import actions, selectors, visits
from kap_clinic.portal import consents as phone
from kap_clinic.portal.consents import OnPhone, Page
from kap_clinic.portal.pages import quietly, show
from kap_clinic.portal.visits import PatientRequest, Visit, by_link, when_finished
from patients.consents.actions import Evidence, NotPossible, answer, note_copy
from patients.consents.forms import QuestionForm, RefusalForm, SignForm, WishesForm
from patients.links.actions import NotOpen
from patients.links.models import LinkForm
from patients.links.terms import FormKind

IDENTITY = "Patient link and date of birth"


@require_http_methods(["GET", "HEAD", "POST"])
@by_link
def page(request: PatientRequest, form: UUID, number: int) -> HttpResponse:
    """One page of a consent. What comes before it has to be done."""
    visit = request.visit
    asked, shown = _open(visit, form)
    here = shown.page(number) if shown else None
    if shown is None or here is None:
        return redirect("portal:asked") if shown is None else redirect(phone.address(shown))
    if request.method != "POST":
        visits.first_look(request, asked)
        return _show(request, visit, shown, here)
    if here.part:
        actions.read_part(form=asked, number=number)
        return redirect("portal:consent", asked.ref, number + 1)
    return _answered(request, visit, shown, here) if here.question else _signed(request, visit, shown, here)


def _show(request: HttpRequest, visit: Visit, shown: OnPhone, here: Page, form: object = None) -> HttpResponse:
    context = {"shown": shown, "page": here, "form": form}
    if here.part:
        return show(request, "portal/consent_part.html", visit.link.clinic, context)
    if here.question:
        again = here.question.is_right is False
        context |= {
            "form": form or QuestionForm(question=here.question),
            "again": again,
            "part": shown.part_of(here.question) if again else None,
        }
        return show(request, "portal/consent_question.html", visit.link.clinic, context, status=_status(form))
    context["form"] = form or SignForm()
    return show(request, "portal/consent_sign.html", visit.link.clinic, context, status=_status(form))


def _status(form: object) -> int:
    return getattr(form, "status", 200)


def _answered(request: HttpRequest, visit: Visit, shown: OnPhone, here: Page) -> HttpResponse:
    """A wrong answer is no failure: its part is read again, then it is asked again."""
    assert here.question
    form = QuestionForm(request.POST, question=here.question)
    if not form.is_valid():
        return _show(request, visit, shown, here, form)
    try:
        given = answer(
            consent=shown.consent,
            question=here.question.key,
            chosen=form.cleaned_data["answer"],
            evidence=_evidence(request, visit),
        )
    except NotPossible:
        return redirect("portal:asked")
    return redirect("portal:consent", shown.form.ref, here.number + 1 if given.is_right else here.number)


def _signed(request: HttpRequest, visit: Visit, shown: OnPhone, here: Page) -> HttpResponse:
    form = SignForm(request.POST)
    if not form.is_valid():
        return _show(request, visit, shown, here, form)
    try:
        link = actions.sign(
            form=shown.form, consent=shown.consent, evidence=_evidence(request, visit), **form.cleaned_data
        )
    except NotOpen:
        return redirect("portal:asked")
    except NotPossible as no:
        for reason in no.reasons:
            form.add_error(None, reason)
        return _show(request, visit, shown, here, form)
    return _kept(request, visit, shown, link)


@require_http_methods(["GET", "HEAD", "POST"])
@by_link
def refuse(request: PatientRequest, form: UUID) -> HttpResponse:
    """I do not agree: with a name, without a reason if none is wanted."""
    visit = request.visit
    _, shown = _open(visit, form)
    if shown is None:
        return redirect("portal:asked")
    said = RefusalForm(request.POST if request.method == "POST" else None)
    if said.is_valid():
        try:
            link = actions.refuse(
                form=shown.form, consent=shown.consent, evidence=_evidence(request, visit), **said.cleaned_data
            )
        except NotOpen:
            return redirect("portal:asked")
        except NotPossible as no:
            for reason in no.reasons:
                said.add_error(None, reason)
        else:
            return _kept(request, visit, shown, link)
    context = {"shown": shown, "form": said}
    return show(request, "portal/consent_no.html", visit.link.clinic, context, status=said.status)


@require_http_methods(["GET", "HEAD", "POST"])
@by_link
def wishes(request: PatientRequest, form: UUID) -> HttpResponse:
    """Other wishes about touch than those that were talked about; the text says them from now on."""
    visit = request.visit
    asked, shown = _open(visit, form)
    if shown is None or not shown.has_wishes:
        return redirect("portal:asked")
    said = WishesForm(
        request.POST if request.method == "POST" else None,
        choices=phone.choices_of_wishes(shown.consent),
        details=shown.consent.details,
    )
    if said.is_valid():
        try:
            actions.wish(form=asked, consent=shown.consent, wishes=said.details())
        except NotOpen:
            return redirect("portal:asked")
        except NotPossible as no:
            for reason in no.reasons:
                said.add_error(None, reason)
        else:
            return redirect("portal:consent", asked.ref, 2)
    context = {"shown": shown, "form": said}
    return show(request, "portal/consent_wishes.html", visit.link.clinic, context, status=said.status)


@require_safe
@by_link
@when_finished
def copy(request: PatientRequest, form: UUID) -> HttpResponse:
    """The copy of what was signed in this very visit, as a file (SEC-28)."""
    visit = request.visit
    asked = selectors.form_of(visit, form, FormKind.CONSENT)
    consent = phone.of_form(asked)
    if consent is None or str(asked.ref) not in visit.state.get("signed", {}):
        raise Http404
    document = phone.copy_of(consent)
    if document is None or document.content is None:
        return show(request, "portal/copy_soon.html", visit.link.clinic, {"asked": asked})
    note_copy(consent=consent, way="download", by=None)
    response = HttpResponse(bytes(document.content), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{document.file_name}"'
    return quietly(response)


def _open(visit: Visit, form: UUID) -> tuple[LinkForm, OnPhone | None]:
    """A form of this link, and its consent while it can be said yes or no to."""
    asked = selectors.form_of(visit, form, FormKind.CONSENT)
    return asked, None if asked.sent_at else phone.on_phone(asked)


def _kept(request: HttpRequest, visit: Visit, shown: OnPhone, link: object) -> HttpResponse:
    """Signed or refused: this visit may download its copy."""
    signed = {**visit.state.get("signed", {}), str(shown.form.ref): shown.reading.title}
    visits.keep(request, signed=signed)
    return redirect("portal:done" if getattr(link, "finished_at", None) else "portal:asked")


def _evidence(request: HttpRequest, visit: Visit) -> Evidence:
    """What a signature through a link can prove."""
    place = origin.get()
    return Evidence(
        identity=IDENTITY,
        zone=visit.link.patient.zone,
        address=place.address,
        device=request.headers.get("User-Agent", ""),
        session_hash=place.session_hash,
        link_ref=visit.link.ref,
    )
