"""Links for tests, made by the real actions, and the way a patient goes through one."""

from datetime import datetime, timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from kap_clinic.accounts.models import User
from kap_clinic.wall import as_clinic
from patients.links import actions
from patients.links.models import PatientLink
from patients.models import Patient
from screening import remote

BORN = {"birth_date": "1987-03-14"}  # of every patient of the factories
ANOTHER_DAY = {"birth_date": "1987-03-15"}


def link(
    patient: Patient,
    *instruments: str,
    by: User,
    watcher: User | None = None,
    until: datetime | None = None,
) -> tuple[PatientLink, str]:
    """A link for these questionnaires and its address; whoever makes it also looks, for two days."""
    asks = [remote.ask_for(instrument) for instrument in instruments or ("gad-7",)]
    watched = any(ask.needs_watch for ask in asks)
    with as_clinic(patient.clinic_id):
        made, token = actions.make(
            patient=patient,
            asks=asks,
            by=by,
            watcher=(watcher or by) if watched else watcher,
            watch_until=(until or timezone.now() + timedelta(days=2)) if watched or watcher else None,
        )
    return made, f"/p/{token}/"


def come_in(client: Client, address: str) -> Any:
    """Open a link and pass the second check."""
    client.get(address)
    return client.post("/p/", BORN)


def questions(link: PatientLink, place: int = 1) -> str:
    """Where the questions of a form stand."""
    with as_clinic(link.clinic_id):
        return f"/p/a/{link.forms.get(place=place).ref}/"


def answer(client: Client, link: PatientLink, *values: int, place: int = 1) -> Any:
    """Answer the first questions of a form in order; the answer to the last."""
    form = questions(link, place)
    response = None
    for number, value in enumerate(values, start=1):
        response = client.post(f"{form}{number}/", {"answer": value})
        if response.headers.get("Location") == "/p/a/help/":
            client.post("/p/a/help/")
    return response
