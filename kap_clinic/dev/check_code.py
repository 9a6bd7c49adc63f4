"""`manage.py check_code`: everything CI runs beside the tests. Runs all, then lists what failed."""

import base64
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from kap_clinic.dev.bootstrap import ROOT, say

Check = Callable[[], str]
BIN = Path(sys.executable).parent
NOWHERE = "postgresql://kap_app@/kap?host=/nonexistent"  # these checks open no database
PLAYGROUND = {"TESTING": "1", "DATABASE_URL": NOWHERE, "DJANGO_SETTINGS_MODULE": "kap_clinic.settings"}


def main(arguments: list[str]) -> int:
    """Run the checks named, or all. 0 when all hold, 1 when one does not."""
    checks = _checks()
    if unknown := set(arguments) - set(checks):
        print(f"Unknown: {', '.join(sorted(unknown))}. There are: {', '.join(checks)}", file=sys.stderr)
        return 2
    failed = [name for name in (arguments or checks) if not _holds(name, checks[name])]
    say(f"Failed: {', '.join(failed)}" if failed else "All hold")
    return 1 if failed else 0


def _checks() -> dict[str, Check]:
    return {
        "lint": lambda: _said("ruff", "check", "--quiet", "--output-format=concise", "."),
        "format": lambda: _said("ruff", "format", "--check", "--quiet", "--output-format=concise", "."),
        "types": lambda: _said("mypy", "--no-error-summary", environment=PLAYGROUND),
        "templates": lambda: _said("djlint", "--lint", "--quiet", "templates"),
        "layers": lambda: _said("lint-imports", "--no-cache", "--no-logo"),
        "migrations": _missing_migrations,
        "linear": _branching_migrations,
        "settings": _production_settings,
    }


def _holds(name: str, check: Check) -> bool:
    started = time.monotonic()
    complaint = check()
    say(f"{name:11} {'FAILED' if complaint else 'holds'} ({time.monotonic() - started:.1f} s)")
    if complaint:
        print(complaint, flush=True)
    return not complaint


def _said(*command: str, environment: dict[str, str] | None = None) -> str:
    """What the program complained about; nothing when it was content."""
    done = subprocess.run(
        [BIN / command[0], *command[1:]],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return (done.stdout.strip() or f"exit {done.returncode}") if done.returncode else ""


def _missing_migrations() -> str:
    quietly = ["-W", "ignore:Got an error checking a consistent migration history"]
    command = [*quietly, "manage.py", "makemigrations", "--check", "--dry-run"]
    return _said("python", *command, environment=PLAYGROUND)


def _branching_migrations() -> str:
    """One leaf an app: two people's migrations never wait side by side."""
    script = (
        "import django; django.setup()\n"
        "from django.db.migrations.loader import MigrationLoader\n"
        "conflicts = MigrationLoader(None).detect_conflicts()\n"
        "raise SystemExit('\\n'.join(f'{app}: {sorted(leaves)}' for app, leaves in conflicts.items()) or 0)\n"
    )
    return _said("python", "-c", script, environment=PLAYGROUND)


def _production_settings() -> str:
    """Django's own list for a site that faces the world, with the environment a clinic would set."""
    environment = {"DEMO": "0", "DEBUG": "0", "TESTING": "0", "DATABASE_URL": NOWHERE}
    environment |= {"SECRET_KEY": secrets.token_urlsafe(64), "REDIS_URL": "redis://cache.example.org:6379/0"}
    environment |= {"FIELD_KEYS": f"k1:{base64.b64encode(secrets.token_bytes(32)).decode()}"}
    environment |= {"ALLOWED_HOSTS": "clinic.example.org", "BASE_URL": "https://clinic.example.org"}
    command = ("python", "manage.py", "check", "--deploy", "--fail-level", "WARNING")
    return _said(*command, environment=environment)
