"""Proposing, agreeing and refusing. The second person is somebody else, on their own sign-in."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kap_clinic.accounts.access import find, may, requires, role_used
from kap_clinic.accounts.models import Membership
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.proposals import actions, selectors
from kap_clinic.accounts.proposals.effects import KINDS
from kap_clinic.accounts.proposals.forms import FORMS, WhyForm
from kap_clinic.accounts.proposals.guards import NotPossible
from kap_clinic.accounts.proposals.models import Proposal
from kap_clinic.accounts.proposals.terms import Event, ProposalKind
from kap_clinic.accounts.refusals import Refused
from kap_clinic.accounts.requests import StaffRequest
from kap_clinic.accounts.signin.confirm import recently_confirmed
from kap_clinic.audit.actions import opened


@require_safe
@requires(Permission.PROPOSAL_VIEW)
def proposals(request: StaffRequest) -> HttpResponse:
    member = request.member
    opened(request, Event.PROPOSALS_OPENED)
    shown = {
        "waiting": selectors.waiting(member),
        "decided": selectors.decided(member),
        "kinds": [(kind, form.title) for kind, form in FORMS.items() if may(member, KINDS[ProposalKind(kind)].propose)],
    }
    return render(request, "proposals/list.html", shown)


@require_http_methods(["GET", "POST"])
@requires(Permission.PROPOSAL_VIEW)
@recently_confirmed
def propose(request: StaffRequest, kind: str) -> HttpResponse:
    """A form for one kind; sent, it waits for a second person."""
    if kind not in FORMS:
        raise Http404
    if not may(request.member, permission := KINDS[ProposalKind(kind)].propose):
        raise Refused(permission)
    people = Membership.objects.filter(ended_at=None).exclude(user=request.user.pk).select_related("user")
    form = FORMS[kind](
        request.POST if request.method == "POST" else None,
        people=people.order_by("user__name"),
        zone=request.member.zone,
    )
    if form.is_valid():
        try:
            form.propose(request.user)
        except NotPossible as no:
            form.add_error(None, str(no))
        else:
            messages.success(request, "Proposed. It happens when a second person agrees.")
            return redirect("proposals:list")
    return render(request, "proposals/new.html", {"form": form}, status=form.status)


@require_safe
@requires(Permission.PROPOSAL_VIEW)
def proposal(request: StaffRequest, ref: UUID) -> HttpResponse:
    row = find(request, Proposal, ref, Permission.PROPOSAL_VIEW)
    opened(request, Event.PROPOSALS_OPENED, on=row)
    return _page(request, row, WhyForm())


def _page(request: StaffRequest, row: Proposal, form: WhyForm) -> HttpResponse:
    shown = {"line": selectors.line(row, request.member), "form": form}
    return render(request, "proposals/one.html", shown, status=form.status)


@require_POST
@requires(Permission.PROPOSAL_VIEW)
@recently_confirmed
def second(request: StaffRequest, ref: UUID) -> HttpResponse:
    """Agree: it happens now."""
    row = find(request, Proposal, ref, Permission.PROPOSAL_VIEW)
    needed = KINDS[ProposalKind(row.kind)].second
    if not selectors.may_second(row, request.member):
        raise Refused(needed, row)
    try:
        actions.second(proposal=row, by=request.user, role=role_used(request.member, needed, row))
    except NotPossible as no:
        messages.error(request, str(no))
        return redirect("proposals:one", ref)
    messages.success(request, "Done.")
    return redirect("proposals:list")


@require_POST
@requires(Permission.PROPOSAL_VIEW)
def refuse(request: StaffRequest, ref: UUID) -> HttpResponse:
    """Say no with a reason; one's own proposal is taken back."""
    row = find(request, Proposal, ref, Permission.PROPOSAL_VIEW)
    needed = KINDS[ProposalKind(row.kind)].second
    if row.proposed_by_id != request.user.pk and not selectors.may_second(row, request.member):
        raise Refused(needed, row)
    form = WhyForm(request.POST)
    if form.is_valid():
        try:
            role = role_used(request.member, needed, row)
            actions.refuse(proposal=row, why=form.cleaned_data["why"], by=request.user, role=role)
        except NotPossible as no:
            form.add_error(None, str(no))
        else:
            return redirect("proposals:list")
    return _page(request, row, form)
