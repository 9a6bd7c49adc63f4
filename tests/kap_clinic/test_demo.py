"""The demo clinic: made once through the real actions; the worked intakes show in it what the command says."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from kap_clinic.accounts.models import Clinic, User
from kap_clinic.dev.demo.cases import cases
from kap_clinic.wall import as_clinic
from patients.models import Course, Patient
from screening import policies, rules, selectors
from screening.models import Screening
from sessions.dosing.models import DosingSession
from tests.people import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(settings):
    """The demo clinic with the 48 worked intakes; returns what was printed."""
    settings.DEMO = True
    printed = StringIO()
    call_command("demo", "--cases", stdout=printed)
    return printed.getvalue()


def test_the_demo_is_made_once_and_says_who_can_sign_in(demo):
    call_command("demo", "--cases", stdout=StringIO())

    clinic = Clinic.objects.get(is_demo=True)
    assert "48 worked intakes loaded." in demo
    assert "prescriber@demo.example" in demo
    with as_clinic(clinic.pk):
        assert Patient.objects.count() == 6 + 48
        assert Course.objects.exclude(stage="inquiry").count() == 6 + 48


def test_every_worked_intake_shows_what_the_command_says(demo, client):
    clinic = Clinic.objects.get(is_demo=True)
    therapist = User.objects.get(email="therapist@demo.example")
    signed_in(client, therapist)
    for case in cases():
        expected = rules.evaluate(case)
        with as_clinic(clinic.pk):
            patient = Patient.objects.get(family_name=f"Case {case['id'].removeprefix('sc-')}")
            screening = Screening.objects.get(patient=patient)
            found = rules.evaluate(selectors.intake_now(screening))

        page = client.get(reverse("screening:check", args=[screening.ref]))

        shown = [(said.title, said.severity) for said in page.context["page"].findings]
        assert shown == [(rules.RULES[f.rule].title, f.severity) for f in expected.findings], case["id"]
        assert found.overall == expected.overall, case["id"]
        assert {gap.words for gap in page.context["page"].gaps} == {
            policies.rules.name_in_words(name) for name in expected.missing
        }, case["id"]


def test_a_real_clinic_gets_no_demo(settings):
    settings.DEMO = False

    with pytest.raises(CommandError, match="DEMO=1"):
        call_command("demo")


def test_a_dose_was_given_three_quarters_of_an_hour_ago(settings, client):
    settings.DEMO = True
    call_command("demo", stdout=StringIO())
    with as_clinic(Clinic.objects.get(is_demo=True).pk):
        days = list(DosingSession.objects.dosed().order_by("t0"))

    page = signed_in(client, User.objects.get(email="nurse@demo.example")).get(
        reverse("dosing:live", args=[days[-1].ref])
    )

    assert [(day.state, day.number) for day in days] == [("discharged", 1), ("discharged", 2), ("monitoring", 3)]
    assert "VANCE, Noor" in page.content.decode()
    assert "Since dose, 40 mg IM" in page.content.decode()
