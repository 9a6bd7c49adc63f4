#!/usr/bin/env python3
"""The one door. `run` and `test` set everything up by themselves; the rest are ordinary commands."""

import os
import runpy
import sys
from importlib import import_module
from pathlib import Path

BOOTSTRAP = Path(__file__).resolve().parent / "kap_clinic" / "dev" / "bootstrap.py"
DOORS = {
    "run": "the whole clinic with demo data; ctrl-C stops everything",
    "test": "rules, database and browser tests; takes pytest's arguments",
    "check_code": "lint, format, types, layers, migrations, settings",
}


def main() -> None:
    runpy.run_path(str(BOOTSTRAP))["make_ready"](sys.argv)
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kap_clinic.settings")
    if command in DOORS:
        sys.exit(import_module(f"kap_clinic.dev.{command}").main(sys.argv[2:]))
    if command in {"help", "--help", "-h"} and len(sys.argv) < 3:
        print("\n".join(["Start here:", *(f"  manage.py {name:12}{what}" for name, what in DOORS.items()), ""]))
    from django.core.management import execute_from_command_line

    with import_module("kap_clinic.dev.reach").database_for(sys.argv[1:]):
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
