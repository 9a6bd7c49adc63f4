"""Run one of the long trials in `kap_clinic/dev/soaks`, in a database of its own."""

import pkgutil
import random
import sys
import time
from importlib import import_module
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from kap_clinic.dev import soaks


class Command(BaseCommand):
    help = "Runs a long trial with faults brought about on purpose; fails when a promise broke or no fault happened."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="?", help="leave out to list them")
        parser.add_argument("--n", type=int, default=1000, help="how many rounds (default 1000)")
        parser.add_argument("--seed", type=int, help="the seed of an earlier run, to see it again")

    def handle(self, *, name: str | None, n: int, seed: int | None, **options: Any) -> None:
        known = sorted(module.name for module in pkgutil.iter_modules(soaks.__path__))
        if name is None:
            self.stdout.write("\n".join(known) or "There are none yet.")
            return
        if name not in known:
            raise CommandError(f"There is no soak {name}. There are: {', '.join(known) or 'none yet'}.")
        seed = seed if seed is not None else random.SystemRandom().randrange(10**8)
        self.stdout.write(f"{name}: n {n}, seed {seed}")
        started = time.monotonic()
        report = import_module(f"{soaks.__name__}.{name}").run(n, seed)
        self._print(report, time.monotonic() - started)
        if not report.holds:
            sys.exit(1)

    def _print(self, report: soaks.Report, seconds: float) -> None:
        for heading, values in (("injected", report.injected), ("figures", report.figures)):
            for key, value in values.items():
                self.stdout.write(f"  {heading} {key}: {value}")
        for sentence in report.broken:
            self.stdout.write(self.style.ERROR(f"  BROKEN {sentence}"))
        if not sum(report.injected.values()):
            self.stdout.write(self.style.ERROR("  No fault was brought about: this run proves nothing."))
        self.stdout.write(f"  {'holds' if report.holds else 'FAILED'} after {seconds:.0f} s")
