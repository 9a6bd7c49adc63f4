import os
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from kap_clinic.accounts.terms import Role
from kap_clinic.wall import as_clinic
from patients.record import actions as record
from sessions.dosing import actions
from tests import factories
from tests.people import signed_in, WalledClient
from tests.sessions import days


@pytest.mark.browser
def test_shots(live_server, context, monkeypatch):
    days.gate(monkeypatch)
    clinic = factories.clinic("Harbour Clinic")
    t = factories.member(clinic, Role.THERAPIST, name="Mara Reyes")
    p = factories.member(clinic, Role.PRESCRIBER, name="Dr N. Okafor")
    n = factories.member(clinic, Role.NURSE, name="Jo Park")
    pat = factories.patient(
        clinic,
        by=t,
        team=(t, p, n),
        family_name="Rivera",
        given_name="Alexandra",
        preferred_name="Alex",
        pronouns="she/her",
    )
    now = timezone.now()
    with as_clinic(clinic.pk):
        record.record_allergies(patient=pat, by=t, none_known=False, allergies=[{"to": "Penicillin", "reaction": ""}])

    def at(minutes):
        return time_machine.travel(now - timedelta(minutes=47 - minutes, seconds=12), tick=False)

    with as_clinic(clinic.pk):
        with at(-10):
            days.order(pat, by=p, systolic_stop=150, diastolic_stop=95, heart_rate_stop=110)
            d = days.checking(pat, by=t)
        with at(-8):
            days.vitals(d, by=t, systolic=128, diastolic=82, heart_rate=74)
        with at(-2):
            d = actions.make_ready(dosing=d, by=p, role="prescriber")
        with at(0):
            days.give(d, nurse=n, therapist=t)
        for m, s, di in ((5, 133, 84), (15, 144, 90), (30, 141, 88), (34, 138, 86)):
            with at(m):
                days.vitals(d, by=n, systolic=s, diastolic=di, heart_rate=88, spo2=97, moaas=4)
        for m, k, c, data in (
            (9, "intervention", "blanket", {}),
            (17, "scent", "scent", {"what": "lavender, as asked"}),
            (29, "music", "music-change", {"what": "slower playlist"}),
            (40, "effect", "tearful", {}),
            (43, "effect", "dissociation", {"strength": "strong"}),
            (45, "movement", "body-moves", {"what": "right arm"}),
            (46, "effect", "anxiety", {"strength": "moderate"}),
        ):
            with at(m):
                days.entry(d, k, c, by=t, data=data)
        if os.environ.get("ALERT"):
            with at(44):
                days.vitals(d, by=n, systolic=163, diastolic=96)
    page = context.new_page()
    client = signed_in(WalledClient(), t)
    context.add_cookies([{"name": k, "value": c.value, "url": live_server.url} for k, c in client.cookies.items()])
    out = "/tmp/kap/dosing"
    os.makedirs(out, exist_ok=True)
    base = f"{live_server.url}/sessions/{d.ref}/"
    for w, h in ((1180, 820), (820, 1180), (390, 844)):
        page.set_viewport_size({"width": w, "height": h})
        page.goto(base + "live/")
        page.wait_for_timeout(600)
        page.screenshot(path=f"{out}/live-{w}.png", full_page=w != 1180)
    page.set_viewport_size({"width": 1180, "height": 820})
    page.goto(base + "live/")
    page.click("#tile-anxiety")
    page.wait_for_timeout(900)
    page.screenshot(path=f"{out}/tap.png")
    page.click("#record-vitals")
    page.wait_for_timeout(900)
    page.screenshot(path=f"{out}/vitals.png")
    page.goto(base + "live/")
    page.click(".help")
    page.wait_for_timeout(900)
    page.click("text=Seizure")
    page.wait_for_timeout(900)
    page.screenshot(path=f"{out}/help.png")
    page.goto(base + "live/?look=light")
    page.click("#tile-safety-touch")
    page.wait_for_timeout(900)
    page.screenshot(path=f"{out}/touch-light.png")
    page.goto(base)
    page.screenshot(path=f"{out}/session.png", full_page=True)
