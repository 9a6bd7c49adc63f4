"""Keeping a form that could not be let through, and giving it back to its sender (REL-14)."""

import json
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from uuid_utils.compat import uuid7

from kap_clinic.accounts import cipher
from kap_clinic.accounts.lock.models import HeldPost
from kap_clinic.accounts.requests import StaffRequest

KEEP = timedelta(hours=12)
LONGEST = 1_000_000  # characters of a form
NOT_KEPT = {"csrfmiddlewaretoken", "password", "password1", "password2", "code", "credential"}

Fields = list[tuple[str, str]]


def hold(request: StaffRequest, *, by_itself: bool = False) -> HeldPost | None:
    """Keep the posted form. None when there is nothing to keep, or it is too long, or its sender is in no clinic."""
    fields = [(name, value) for name, values in request.POST.lists() for value in values if name not in NOT_KEPT]
    body = urlencode(fields)
    member = request.member
    if member is None or not fields or len(body) > LONGEST:
        return None
    post = HeldPost(
        ref=uuid7(),
        clinic_id=member.clinic_id,
        user=request.user,
        path=request.get_full_path()[:500],
        by_itself=by_itself,
    )
    content = {"fields": body, "files": sorted(request.FILES)}
    post.body = cipher.seal(json.dumps(content), at=post.place)
    post.save()
    return post


def mine(request: StaffRequest, ref: UUID | str) -> HeldPost | None:
    """A form this person sent, while it is kept."""
    return HeldPost.objects.filter(ref=ref, user=request.user, held_at__gt=timezone.now() - KEEP).first()


def fields_of(post: HeldPost) -> tuple[Fields, list[str]]:
    """What was typed, and the names of files that could not be kept."""
    content = json.loads(cipher.unseal(post.body, at=post.place))
    return parse_qsl(content["fields"], keep_blank_values=True), content["files"]


def address(post: HeldPost) -> str:
    return reverse("held", args=[post.ref])


def forget_old() -> int:
    """Delete what nobody came back for. Inside a clinic's wall."""
    return HeldPost.objects.filter(held_at__lte=timezone.now() - KEEP).delete()[0]
