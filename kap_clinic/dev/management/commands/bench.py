"""How fast things are here. Prints seconds, rate and seed; asserts nothing."""

import time
from collections.abc import Callable, Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

INTAKES, SCORINGS = 10_000, 100_000
PATIENTS, RUNS, MESSAGES = 2000, 40, 1000
HEAD = """{patients:,} patients, seed {seed}, {runs} runs; CPU ms of web process and database backend for one request.
Served by Django's WSGI handler called in this process, with all middleware and a signed-in session; floor: the same
handler without middleware.

| job | ours | 90th | web | database | floor | times | at most | | |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- | --- |"""


class Command(BaseCommand):
    help = (
        "Measures speed. `bench engines`: the screening rules and the scoring, without a database. `bench pages`: what "
        "pages cost over a floor, on a database of its own filled with --patients."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["engines", "pages"])
        parser.add_argument("--patients", type=int, default=PATIENTS, help="pages: how many there are (default 2000)")
        parser.add_argument("--runs", type=int, default=RUNS, help="pages: how often each is measured (default 40)")
        parser.add_argument("--messages", type=int, default=MESSAGES, help="pages: how many are sent (default 1000)")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--intakes", type=int, default=INTAKES)
        parser.add_argument("--scorings", type=int, default=SCORINGS)

    def handle(self, *, what: str, seed: int, intakes: int, scorings: int, **options: Any) -> None:
        if what == "pages":
            self._pages(options["patients"], options["runs"], options["messages"])
        else:
            self._engines(seed, intakes, scorings)

    def _pages(self, patients: int, runs: int, messages: int) -> None:
        from django.conf import settings
        from django.core.management import call_command

        from kap_clinic import bell
        from kap_clinic.dev.bench import jobs
        from kap_clinic.dev.bulk.load import SEED

        if not settings.DEMO:
            raise CommandError("Pages are measured on an invented clinic: set DEMO=1.")
        call_command("collectstatic", interactive=False, verbosity=0)
        call_command("demo", patients=patients, stdout=self.stderr, stderr=self.stderr)
        self.stdout.write(HEAD.format(patients=patients, runs=runs, seed=SEED))
        with bell.quiet():
            for result in jobs.Bench(runs, messages).results():
                self.stdout.write(_line(result))
                self.stdout.flush()

    def _engines(self, seed: int, intakes: int, scorings: int) -> None:
        from kap_clinic.dev.sample_answers import sample_answers
        from kap_clinic.dev.samples import sample_intakes
        from screening.measures import score
        from screening.rules import evaluate_line

        self.stdout.write(f"seed {seed}")
        self._time("intakes screened", evaluate_line, sample_intakes(intakes, seed))
        self._time("answers scored", lambda line: score(*line.values()), sample_answers(scorings, seed))

    def _time(self, what: str, job: Callable[[dict[str, Any]], object], lines: Iterable[dict[str, Any]]) -> None:
        """Time the job alone; making the samples does not count."""
        samples = list(lines)
        started = time.perf_counter()
        for sample in samples:
            job(sample)
        seconds = time.perf_counter() - started
        self.stdout.write(f"{len(samples):>8,} {what} in {seconds:.2f} s, {len(samples) / seconds:,.0f} a second")


def _line(result: Any) -> str:
    """One row of the table."""
    ours, floor = result.ours, result.floor
    figures = [f"{number:.3g}" for number in (ours.ms, ours.p90, ours.web, ours.database, floor.ms, result.times)]
    verdict = "over" if result.is_over else "ok"
    return f"| {result.job} | {' | '.join(figures)} | {result.limit:g} | {verdict} | {result.note} |"
