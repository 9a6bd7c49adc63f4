"""Is the audit trail what was written? Changes nothing; runs as the application's role or as the auditor's."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from kap_clinic.audit import duties
from kap_clinic.audit.chain import Chain, Verdict


class Command(BaseCommand):
    help = (
        "Recomputes every clinic's chain of audit events and compares it with the heads written to the second place. "
        "Says what was changed, deleted, taken out, rewritten or cut off, and exits 1 if anything was."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--clinic", metavar="REF", help="only this clinic, by its reference")
        parser.add_argument("--heads", metavar="FILE", type=Path, help="the second place (default AUDIT_HEADS_FILE)")

    def handle(self, *, clinic: str | None, heads: Path | None, **options: Any) -> None:
        found = list(map(self._say, duties.verify_all(self._second_place(heads), clinic)))
        if not found:
            raise CommandError(f"There is no clinic with the reference {clinic}.")
        if broken := found.count(False):
            raise CommandError(f"The audit trail does not hold: {broken} of {len(found)} chains.")
        self.stdout.write(self.style.SUCCESS("The audit trail holds."))

    def _second_place(self, given: Path | None) -> Path | None:
        path = given or duties.heads_file()
        if path.exists():
            return path
        if given:
            raise CommandError(f"There is no file {given}.")
        self.stderr.write("No heads were written to a second place yet: a rewritten chain or a cut end stays unseen.")
        return None

    def _say(self, found: tuple[Chain, Verdict]) -> bool:
        chain, verdict = found
        self.stdout.write(
            f"{chain.name}: {verdict.events:,} events, {verdict.links:,} links, ends {verdict.digest[:16]}"
        )
        for fault in verdict.faults:
            self.stdout.write(self.style.ERROR(f"  {fault.words} ({fault.kind.label})."))
        if more := verdict.fault_count - len(verdict.faults):
            self.stdout.write(self.style.ERROR(f"  and {more:,} more"))
        return verdict.is_whole
