"""`manage.py test`: the suite, on an embedded server without fsync or on the one DATABASE_URL names.

Every pytest worker, and every test that asks for `fresh_db`, clones a migrated template and connects as the plain role.
"""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kap_clinic.dev.bootstrap import ROOT, say
from kap_clinic.dev.clones import named_run, template_of
from kap_clinic.dev.databases import APP, Server
from kap_clinic.dev.processes import adopt_orphans, end_children, end_with_parent
from kap_clinic.dev.servers import Postgres

WORKERS = 2  # the suite is planned for two cores


def main(arguments: list[str]) -> int:
    """Run pytest with these arguments; answers with its exit code."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    os.environ["TESTING"] = "1"
    with _server() as server, template_of(server) as template, named_run(server) as run:
        environment = os.environ | server.environment(APP, run)
        environment |= {"KAP_TEST_SERVER": server.url, "KAP_TEST_EMBEDDED": str(int(server.embedded))}
        environment |= {"KAP_TEST_TEMPLATE": template, "KAP_TEST_RUN": run, "DJANGO_ALLOW_ASYNC_UNSAFE": "true"}
        arguments = with_defaults(arguments)
        say(f"Tests: pytest {' '.join(arguments)}")
        code = _pytest(arguments, environment)
    say("Tests done" if code == 0 else f"Tests done, pytest's exit code is {code}")
    return code


@contextmanager
def _server() -> Iterator[Server]:
    if url := os.environ.get("DATABASE_URL"):
        say("PostgreSQL: the server of DATABASE_URL")
        yield Server(url, embedded=False)
        return
    say("PostgreSQL: embedded, without fsync")
    data = Path(os.environ.get("KAP_VAR", ROOT / "var")) / "pg-test"
    with Postgres(data, durable=False) as postgres:
        yield Server(postgres.url(), embedded=True)


def with_defaults(arguments: list[str]) -> list[str]:
    """Two workers unless the person says otherwise or asks for one file; a seed that can be given again."""
    says_workers = any(
        a in {"-n", "--numprocesses", "--pdb"} or a.startswith(("-n", "--numprocesses=")) for a in arguments
    )
    named = [a for a in arguments if not a.startswith("-") and Path(a.partition("::")[0]).exists()]
    one_file = len(named) == 1 and Path(named[0].partition("::")[0]).is_file()
    if not says_workers and not one_file:
        arguments = ["-n", str(WORKERS), "--dist", "worksteal", *arguments]
    if not any(a.startswith("--hypothesis-seed") for a in arguments):
        arguments = [f"--hypothesis-seed={random.SystemRandom().randrange(10**8)}", *arguments]
    return arguments


def _pytest(arguments: list[str], environment: dict[str, str]) -> int:
    adopt_orphans()
    child = subprocess.Popen(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=ROOT,
        env=environment,
        preexec_fn=lambda: end_with_parent(signal.SIGINT),
    )
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl-C reaches pytest by itself
    signal.signal(signal.SIGTERM, lambda *_: child.send_signal(signal.SIGINT))
    code = child.wait()
    for process in end_children():
        say(f"The tests left a process, ended now: {process}")
    return code
