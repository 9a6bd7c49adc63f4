"""The live sheet: what it shows, what changed since, and one-tap entries."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from kap_clinic.accounts.access import find, requires
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.audit.actions import opened
from sessions.dosing import actions
from sessions.dosing.models import DosingSession, Entry
from sessions.dosing.rules.entries import STRENGTHS
from sessions.dosing.selectors.live import tile_of, version_of
from sessions.dosing.terms import Event
from sessions.dosing.views.common import LOOK, LOOKS, done, role_of, whole

DEVICE_KEEPS = 400 * 24 * 3600  # seconds
UNDONE = "Undone"


@require_safe
@requires(Permission.DOSING_VIEW)
def live(request: StaffRequest, ref: UUID) -> HttpResponse:
    dosing = find(request, DosingSession, ref, Permission.DOSING_VIEW)
    if (look := request.GET.get("look")) in LOOKS:
        response = redirect("dosing:live", dosing.ref)
        response.set_cookie(LOOK, str(look), max_age=DEVICE_KEEPS, samesite="Lax", secure=request.is_secure())
        return response
    opened(request, Event.LIVE_OPENED, on=dosing)
    return render(request, "sessions/live/live.html", whole(request, dosing, _asked(request, dosing)))


def _asked(request: StaffRequest, dosing: DosingSession) -> Entry | None:
    """The line just written, where the page was loaded again after it."""
    try:
        ref = UUID(request.GET.get("ask", ""))
    except ValueError:
        return None
    return dosing.entrys.filter(ref=ref, entered_by=request.user).first()


@require_safe
@requires(Permission.DOSING_VIEW)
def now(request: StaffRequest, ref: UUID) -> HttpResponse:
    """Asked every three seconds: nothing while nothing changed, else the parts that show it."""
    dosing = find(request, DosingSession, ref, Permission.DOSING_VIEW)
    if request.GET.get("v") == version_of(dosing, timezone.now()):
        return HttpResponse(status=204)
    return render(request, "sessions/live/_parts.html", whole(request, dosing, oob=True))


now.quiet = True  # type: ignore[attr-defined]  # asked by the page itself: nobody is there because of it


@require_POST
@requires(Permission.DOSING_RECORD)
def tap(request: StaffRequest, ref: UUID) -> HttpResponse:
    """One button, one line, at once."""
    dosing = find(request, DosingSession, ref, Permission.DOSING_RECORD)
    tile = tile_of(request.POST.get("tile", ""), dosing.clinic_id)
    if tile is None or tile.asks == "touch":
        return done(request, dosing)
    try:
        entry = actions.write_entry(
            dosing=dosing,
            kind=tile.kind,
            code=tile.code,
            data={"name": tile.name},
            by=request.user,
            role=role_of(request, Permission.DOSING_RECORD, dosing),
            client_ref=uuid_of(request.POST.get("client_ref")),
        )
    except actions.NotReady as no:
        return _refused(request, dosing, no)
    return done(request, dosing, just=entry, say=f"{tile.name} written")


@require_POST
@requires(Permission.DOSING_RECORD)
def note(request: StaffRequest, ref: UUID) -> HttpResponse:
    dosing = find(request, DosingSession, ref, Permission.DOSING_RECORD)
    kind = "words" if request.POST.get("kind") == "words" else "note"
    try:
        actions.write_entry(
            dosing=dosing,
            kind=kind,
            words=request.POST.get("words", ""),
            by=request.user,
            role=role_of(request, Permission.DOSING_RECORD, dosing),
            client_ref=uuid_of(request.POST.get("client_ref")),
        )
    except actions.NotReady as no:
        return _refused(request, dosing, no, words=request.POST.get("words", ""))
    return done(request, dosing, say="Note written")


@require_POST
@requires(Permission.DOSING_EDIT)
def add_to(request: StaffRequest, ref: UUID, entry_ref: UUID) -> HttpResponse:
    """What the strip asked: how strong, which music; or undo."""
    dosing = find(request, DosingSession, ref, Permission.DOSING_VIEW)
    entry = find(request, Entry, entry_ref, Permission.DOSING_EDIT, dosing=dosing)
    role = role_of(request, Permission.DOSING_EDIT, dosing)
    try:
        if "undo" in request.POST:
            actions.strike(row=entry, why=UNDONE, by=request.user, role=role)
            return done(request, dosing, say="Undone")
        added = actions.write_entry(
            dosing=dosing,
            kind=entry.kind,
            code=entry.code,
            data={**entry.data, **_detail(request)},
            words=entry.words,
            happened_at=entry.happened_at,
            corrects=entry,
            by=request.user,
            role=role,
        )
    except actions.NotReady as no:
        return _refused(request, dosing, no)
    return done(request, dosing, just=added, say="Added")


def _detail(request: StaffRequest) -> dict[str, str]:
    strength, what = request.POST.get("strength", ""), request.POST.get("what", "").strip()[:120]
    said = {"strength": strength if strength in STRENGTHS else "", "what": what}
    return {name: value for name, value in said.items() if value}


def _refused(request: StaffRequest, dosing: DosingSession, no: actions.NotReady, words: str = "") -> HttpResponse:
    """The sheet again with what stands in the way; what was typed stays."""
    context = whole(request, dosing, reasons=no.reasons, typed=words)
    if "HX-Request" in request.headers:
        response = render(request, "sessions/live/_parts.html", {**context, "oob": True}, status=422)
        response.headers["HX-Reswap"] = "none"
        return response
    return render(request, "sessions/live/live.html", context, status=422)


def uuid_of(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None
