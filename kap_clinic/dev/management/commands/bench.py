"""How fast things are here. Prints seconds, rate and seed; asserts nothing."""

import time
from collections.abc import Callable, Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

INTAKES, SCORINGS = 10_000, 100_000


class Command(BaseCommand):
    help = "Measures speed. `bench engines`: the screening rules and the scoring, without a database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=["engines"])
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--intakes", type=int, default=INTAKES)
        parser.add_argument("--scorings", type=int, default=SCORINGS)

    def handle(self, *, seed: int, intakes: int, scorings: int, **options: Any) -> None:
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
