"""Pages of reports: how many got better, and how the clinic's work goes."""

from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from kap_clinic.accounts.access import may, requires
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.refusals import Refused
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.accounts.signin.confirm import recently_confirmed
from kap_clinic.audit.actions import opened, record
from kap_clinic.reports import exports, selectors
from kap_clinic.reports.forms import AskForm, ExportForm
from kap_clinic.reports.selectors import PAGE, Asked
from kap_clinic.reports.terms import Event, Whose

FURTHEST = 1000  # pages; a number beyond is read as this one


@require_safe
@requires(Permission.DEIDENTIFIED_VIEW)
def reports(request: StaffRequest) -> HttpResponse:
    opened(request, Event.REPORTS_OPENED)
    shown = {
        "may_operations": may(request.member, Permission.REPORT_VIEW),
        "may_messages": may(request.member, Permission.MESSAGE_RETRY),
        "may_system": may(request.member, Permission.SYSTEM_VIEW),
    }
    return render(request, "reports/index.html", shown)


@require_safe
@requires(Permission.DEIDENTIFIED_VIEW)
def outcomes(request: StaffRequest) -> HttpResponse:
    """How many got better, in all and by dose number; the courses behind it, for who may see names."""
    form = _form(request, request.GET.dict())
    if not form.is_valid():
        return render(request, "reports/outcomes.html", {"form": form}, status=422)
    asked, page = form.asked(), _page(request)
    opened(request, Event.OUTCOMES_OPENED, whose=str(asked.whose), instrument=asked.instrument)
    rows = list(selectors.course_rows(request.member, asked, page=page)) if asked.whose == Whose.MINE else []
    shown = {
        "form": form,
        "asked": asked,
        "found": selectors.outcomes(request.member, asked),
        "rows": rows,
        "page": page,
        "more": len(rows) == PAGE,
        "export": ExportForm(),
        "may_export": _may_export(request, asked),
        "query": request.GET.urlencode(),
    }
    return render(request, "reports/outcomes.html", shown)


@require_POST
@requires(Permission.REPORT_EXPORT, Permission.DEIDENTIFIED_EXPORT)
@recently_confirmed  # type: ignore[arg-type]  # a streamed answer is one too
def export(request: StaffRequest) -> HttpResponse | StreamingHttpResponse:
    """Exactly the filtered rows as CSV or a workbook: with a reason, a fresh proof and a line in the audit trail."""
    form, why = _form(request, request.POST.dict()), ExportForm(request.POST)
    if not form.is_valid() or not why.is_valid():
        shown = {"form": form, "export": why, "may_export": True, "query": request.GET.urlencode()}
        return render(request, "reports/outcomes.html", shown, status=422)
    asked = form.asked()
    if not _may_export(request, asked):
        raise Refused(Permission.REPORT_EXPORT)
    kind = exports.XLSX if request.POST.get("as") == exports.XLSX else exports.CSV
    reason = why.cleaned_data["reason"]
    record(Event.OUTCOMES_EXPORTED, by=request.user, reason=reason, whose=str(asked.whose), file=kind)
    header, rows = _rows(request, asked)
    return _file(request, kind, header, rows, _about(asked))


@require_safe
@requires(Permission.REPORT_VIEW)
def operations(request: StaffRequest) -> HttpResponse:
    """Counts of what is late or went wrong, without a clinical word."""
    opened(request, Event.OPERATIONS_OPENED)
    found = selectors.operations(timezone.now())
    may_messages = may(request.member, Permission.MESSAGE_RETRY)
    return render(request, "reports/operations.html", {"found": found, "may_messages": may_messages})


def _form(request: StaffRequest, data: dict[str, str]) -> AskForm:
    names = selectors.may_see_names(request.member)
    return AskForm(data, today=timezone.localdate(), names=names, zone=request.member.zone)


def _page(request: StaffRequest) -> int:
    wanted = request.GET.get("page", "1")
    return max(1, min(int(wanted), FURTHEST)) if wanted.isdecimal() and len(wanted) < 6 else 1


def _may_export(request: StaffRequest, asked: Asked) -> bool:
    if asked.whose == Whose.MINE:
        return selectors.may_export_names(request.member)
    return may(request.member, Permission.DEIDENTIFIED_EXPORT)


def _rows(request: StaffRequest, asked: Asked) -> tuple[Sequence[str], Iterable[Sequence[object]]]:
    if asked.whose == Whose.MINE:
        zone = ZoneInfo(asked.zone)
        found = selectors.course_rows(request.member, asked)
        return exports.NAMED, (exports.named_cells(row, zone) for row in found)
    report = selectors.outcomes(request.member, asked)
    return exports.COUNTED, [exports.counted_cells(group) for group in (*report.by_dose, report.total)]


def _about(asked: Asked) -> list[str]:
    return [
        f"{asked.form.short_title}, first dose {asked.since} to {asked.until}, as of {asked.as_of}",
        *(f"{name}: {words}" for name, words in selectors.definitions(asked)),
    ]


def _file(
    request: StaffRequest, kind: str, header: Sequence[str], rows: Iterable[Sequence[object]], about: Sequence[str]
) -> HttpResponse | StreamingHttpResponse:
    response: HttpResponse | StreamingHttpResponse
    if kind == exports.XLSX:
        response = HttpResponse(exports.as_workbook(header, rows, about), content_type=exports.TYPES[kind])
    else:
        lines = exports.inside(request.member.clinic_id, exports.as_csv(header, rows, about))
        response = StreamingHttpResponse(lines, content_type=exports.TYPES[kind])
    response.headers["Content-Disposition"] = f'attachment; filename="report-{timezone.localdate():%Y-%m-%d}.{kind}"'
    return response
