"""Senders, workers and the broker are killed at any moment: no message arrives twice, none is lost, and what nobody
can know is listed as in doubt.

Messages go by mail to a server that knows no keys, and as texts to a gateway that honours them, both outside in a
process of their own that writes down what it took. Whatever was killed, the leases then end and the next one goes on.
"""

import time
from collections import Counter
from collections.abc import Sequence

from kap_clinic import bell
from kap_clinic.dev.soaks import Report
from kap_clinic.dev.soaks.messages.forks import POINTS, kill_senders
from kap_clinic.dev.soaks.messages.workers import house, kill_broker, kill_workers
from kap_clinic.dev.soaks.messages.world import World, account, opened

A_WORKER, A_BROKER = 10, 20  # one of these is killed for so many senders


def run(n: int, seed: int) -> Report:
    """`n` kills of senders at named points, a tenth as many of real workers, a twentieth of the broker."""
    return trial(n, seed, workers=-(-n // A_WORKER), brokers=-(-n // A_BROKER))


def trial(n: int, seed: int, *, workers: int = 0, brokers: int = 0, points: Sequence[str] = POINTS) -> Report:
    """`points`: where senders are killed. Without workers and brokers nothing but PostgreSQL is needed."""
    with opened(seed) as world:
        started = time.monotonic()
        with bell.quiet():
            injected, broken = kill_senders(world, n, points)
        figures: dict[str, float | int | str] = {"seed": seed, "seconds of senders": _since(started)}
        if workers or brokers:
            more, seen, timed = _real_processes(world, workers, brokers)
            injected, broken, figures = injected + more, broken + seen, figures | timed
        world.settle()
        counted, wrong = account(world)
    return Report(dict(injected), [f"seed {seed}: {words}" for words in broken + wrong][:20], figures | counted)


def _real_processes(
    world: World, workers: int, brokers: int
) -> tuple[Counter[str], list[str], dict[str, float | int | str]]:
    with house(world) as around:
        started = time.monotonic()
        injected, broken = kill_workers(around, workers)
        figures: dict[str, float | int | str] = {"seconds of workers": _since(started)}
        started = time.monotonic()
        more, seen, timed = kill_broker(around, brokers)
        return injected + more, broken + seen, {**figures, "seconds of brokers": _since(started), **timed}


def _since(started: float) -> int:
    return round(time.monotonic() - started)
