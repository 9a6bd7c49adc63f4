"""A link sent to the patient. The row keeps the link's reference only; its address is made when it goes (SEC-25)."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from kap_clinic.accounts.models import User
from kap_clinic.outbox import actions as outbox
from kap_clinic.outbox.models import Message
from patients.links import tokens
from patients.links.models import PatientLink
from patients.record.reaching import in_words, reach

SENT = "link_sent"


def send(link: PatientLink, by: User | None) -> Message | None:
    """Put the link in the patient's post. None: they want no messages, so it is handed over in person."""
    to = reach(link.patient)
    if to is None:
        return None
    until = in_words(link.expires_at, to.zone)
    return outbox.write(
        clinic_id=link.clinic_id,
        key=f"{SENT}:{link.ref}",
        kind=SENT,
        channel=to.channel,
        to=to.to,
        zone=to.zone,
        facts={**to.facts, "until": f"{until['day']}, {until['time']}"},
        due_at=to.allowed(timezone.now()),
        not_after=link.expires_at,
        patient_ref=link.patient.ref,
        about_ref=link.ref,
        by=by,
    )


def facts_for(message: Message) -> dict[str, Any] | None:
    """Its address, made again; None once the link is over, or cannot be made again."""
    link = PatientLink.objects.open(timezone.now()).filter(ref=message.about_ref or message.ref).first()
    if link is None:
        return None
    try:
        path = reverse("portal:link", args=[tokens.again(link)])
    except tokens.NotOurs:
        return None
    return {"address": settings.BASE_URL.rstrip("/") + path}
