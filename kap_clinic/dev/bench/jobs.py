"""The jobs of design 6, each with its floor and its limit."""

import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Count
from django.urls import reverse
from django.utils import timezone

from kap_clinic import wall
from kap_clinic.accounts.models import Clinic, User
from kap_clinic.dev.bench import floors
from kap_clinic.dev.bench.meter import Cost, cost_of
from kap_clinic.dev.bench.serving import Floor, Person
from kap_clinic.dev.demo.measures import spread
from patients.consents.actions.common import PAPER, ask_for_paper
from patients.consents.letters import consent as consent_page
from patients.consents.models import Consent
from patients.models import Patient

RESULTS = "screening_measureresponse"  # a statement that reads it is one of the report's


@dataclass(frozen=True)
class Result:
    """One line of the table. `limit`: how many times the floor it may be at most."""

    job: str
    ours: Cost
    floor: Cost
    limit: float
    note: str = ""

    @property
    def times(self) -> float:
        return self.ours.ms / self.floor.ms

    @property
    def is_over(self) -> bool:
        return self.times > self.limit


class Bench:
    """A filled demo clinic, and a prescriber signed in to it."""

    def __init__(self, runs: int, messages: int) -> None:
        self.runs, self.messages = runs, messages
        self.clinic = Clinic.objects.get(is_demo=True)
        self.user = User.objects.get(email="prescriber@demo.example")
        self.person = Person(self.user)
        with self.inside():
            days = Patient.objects.annotate(days=Count("dosing_sessions"))
            self.heavy = days.order_by("-days", "pk")[0]
            self.ordinary = days.filter(days=2, courses__stage="completed").order_by("pk")[0]
            self.middle = Patient.objects.order_by("family_key")[Patient.objects.count() // 2]

    def inside(self) -> Any:
        return wall.as_clinic(self.clinic.pk)

    def results(self) -> Iterator[Result]:
        heavy, ordinary = self.chart("heavy chart", self.heavy), self.chart("ordinary chart", self.ordinary)
        yield heavy
        yield ordinary
        yield Result("heavy over ordinary chart", heavy.ours, ordinary.ours, 2.5)
        yield from self.lists()
        yield self.save()
        yield self.report()
        yield self.export()
        yield self.paper()
        from kap_clinic.dev.bench.sending import sending

        yield sending(self)

    def page(self, job: str, address: str, view: Callable[[], bytes], limit: float) -> Result:
        kilobytes = self.person.get(address).size / 1024
        statements = len(self.statements(lambda: self.person.get(address)))
        ours = cost_of(lambda: self.person.get(address), times=self.runs)
        floor = cost_of(Floor(view).get, times=self.runs)
        return Result(job, ours, floor, limit, f"{statements} statements, {kilobytes:.0f} KB")

    def chart(self, job: str, patient: Patient) -> Result:
        view = floors.rows_of(self.clinic.pk, floors.CHART, [patient.ref])
        return self.page(job, reverse("desk:chart", args=[patient.ref]), view, 6)

    def lists(self) -> Iterator[Result]:
        address, key = reverse("desk:patients"), self.middle.family_key[:2]
        listed = floors.rows_of(self.clinic.pk, floors.LISTED.format(""), [self.clinic.pk])
        yield self.page("list, 50 rows", address, listed, 4)
        found = floors.rows_of(self.clinic.pk, floors.FOUND, [self.clinic.pk, key, key + "\U0010ffff"])
        yield self.page("search, up to 50 rows", f"{address}?q={key}", found, 4)

    def save(self) -> Result:
        answers = {"a_" + key.replace(".", "__"): value for key, value in spread("phq-9", 9, phq9_9=0).items()}
        path = reverse("screening:record_measure", args=[self.ordinary.ref, "phq-9"])
        lately = (timezone.now() - timedelta(minutes=5)).astimezone(ZoneInfo(self.clinic.zone))
        data = {**answers, "entry": "staff", "answered_at": f"{lately:%Y-%m-%dT%H:%M}"}
        view = floors.answered(self.clinic.pk, self.user.pk, self.ordinary.pk)
        statements = len(self.statements(lambda: self.person.post(path, data)))
        ours = cost_of(lambda: self.person.post(path, data), times=self.runs)
        return Result(
            "save a questionnaire", ours, cost_of(Floor(view).get, times=self.runs), 4, f"{statements} statements"
        )

    def report(self) -> Result:
        address = f"{reverse('reports:outcomes')}?whose=clinic"
        said = [one for one in self.statements(lambda: self.person.get(address)) if RESULTS in one[0]]
        ours = cost_of(lambda: self.person.get(address), times=max(3, self.runs // 5))
        floor = cost_of(Floor(floors.again(self.clinic.pk, said)).get, times=max(3, self.runs // 5))
        return Result("outcome report over its SQL", ours, floor, 1.5, f"{len(said)} statements of the report")

    def export(self) -> Result:
        path = reverse("reports:export_outcomes")
        data = {"whose": "mine", "as": "csv", "reason": "Measuring how long an export of everything takes."}
        said = [one for one in self.statements(lambda: self.person.post(path, data, status=200)) if RESULTS in one[0]]
        statement = connection.ops.compose_sql(*said[-1])  # type: ignore[attr-defined]
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        runs = max(2, self.runs // 10)
        ours = cost_of(lambda: self.person.post(path, data, status=200), times=runs)
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        view = floors.copied(self.clinic.pk, statement)
        rows = max(1, view().count(b"\n"))
        floor = cost_of(Floor(view).get, times=runs)
        note = f"{rows:,} rows, {grown:.1f} MB more memory"
        return Result("CSV export, a row, over COPY", ours.over(rows), floor.over(rows), 3, note)

    def paper(self) -> Result:
        from weasyprint import HTML

        from kap_clinic.documents import pdf
        from kap_clinic.documents.actions import make_due
        from kap_clinic.documents.models import StoredDocument

        with self.inside():
            given = Consent.objects.filter(patient=self.ordinary, kind="treatment")
            consent = given.select_related("patient", "text")[0]

        def asked() -> StoredDocument:
            with self.inside():
                ask_for_paper(consent, by=self.user)
                return StoredDocument.objects.filter(subject_ref=consent.ref).order_by("-pk")[0]

        document = asked()
        with self.inside():
            html = consent_page(document)
        times = max(3, self.runs // 10)
        with self.inside():
            StoredDocument.objects.due(timezone.now()).update(try_at=timezone.now() + timedelta(days=1))
        papers = iter([asked() for _ in range(times + 3)])
        bare = HTML(string=html, base_url="about:blank").write_pdf
        ours = cost_of(lambda: (next(papers), make_due(PAPER, consent_page, most=1)), times=times)
        floor = cost_of(lambda: bare(pdf_variant="pdf/ua-1"), times=times)
        pages = pdf.render(html)[1]
        return Result("consent on paper, warm", ours, floor, 1.15, f"{pages} pages")

    def statements(self, job: Callable[[], object]) -> list[tuple[str, Any]]:
        """What a job asks of the database, with its values."""
        job()
        with listening() as said:
            job()
        return said


@contextmanager
def listening() -> Iterator[list[tuple[str, Any]]]:
    said: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        said.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield said
