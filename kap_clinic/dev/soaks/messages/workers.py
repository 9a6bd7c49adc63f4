"""Real workers and a real broker, killed at any moment while messages are written and sent."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from signal import SIGKILL
from unittest.mock import patch

from kap_clinic.dev.bootstrap import ROOT
from kap_clinic.dev.processes import adopt_orphans, end_with_parent
from kap_clinic.dev.servers import valkey_command
from kap_clinic.dev.soaks.messages.world import World

APP = "kap_clinic.dev.wakeful"
SECONDS_TO_BEGIN, SECONDS_TO_FINISH = 60, 60
LONGEST_SENDING = 0.25  # seconds, about as long as a worker has something in hand
SHARE_ANY_MOMENT, SHARE_CHILD_ONLY = 0.2, 0.3
KILLS_OF_THE_BROKER = ("in a transaction", "between transactions", "at any moment")


@dataclass
class House:
    """The processes around the database. Each leads a group of its own, so that its children end with it."""

    world: World
    port: int
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str) -> None:
        python = [sys.executable, "-W", "ignore", "-m", "celery", "-q", "-A", APP]
        command = {
            "broker": valkey_command(self.port),
            "worker": [*python, "worker", "-c", "1", "-l", "WARNING", "--without-gossip", "--without-mingle"],
            "beat": [*python, "beat", "-l", "WARNING", "-s", str(self.world.folder / "beat"), "--pidfile="],
        }[name]
        with self.log(name).open("ab") as said:
            self.running[name] = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, "REDIS_URL": url_of(self.port)},
                stdout=said,
                stderr=said,
                preexec_fn=partial(end_with_parent, SIGKILL),
                start_new_session=True,
            )
        if name == "broker":
            wait_for(self._broker_answers, SECONDS_TO_BEGIN)

    def log(self, name: str) -> Path:
        return self.world.folder / f"{name}.log"

    def kill(self, name: str) -> None:
        """The process and its children, and all of them are gone."""
        if process := self.running.pop(name, None):
            os.killpg(process.pid, SIGKILL)
            process.wait()
            while _is_left(process.pid):
                pass

    def kill_child_of(self, name: str) -> None:
        """One that works; the process starts another in its place."""
        for pid in _children_of(self.running[name].pid):
            os.kill(pid, SIGKILL)
        time.sleep(0.05)

    def is_up(self, name: str) -> bool:
        return name in self.running and self.running[name].poll() is None

    def supervise(self, *names: str) -> int:
        """Start again what ended by itself, as a clinic's supervisor would; how many."""
        ended = [name for name in names if not self.is_up(name)]
        for name in ended:
            self.kill(name)
            self.start(name)
        return len(ended)

    def _broker_answers(self) -> bool:
        with socket.socket() as attempt:
            return attempt.connect_ex(("127.0.0.1", self.port)) == 0


def url_of(port: int) -> str:
    return f"redis://127.0.0.1:{port}/0"


def _is_left(group: int) -> bool:
    try:
        os.waitpid(-group, 0)
    except ChildProcessError:
        return False
    return True


def _children_of(pid: int) -> list[int]:
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in path.read_text().split()] if path.exists() else []


def wait_for(condition: Callable[[], object], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


@contextmanager
def house(world: World) -> Iterator[House]:
    """A broker that runs, which this process rings too; whatever was started ends with the block."""
    adopt_orphans()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    around = House(world, port)
    try:
        with patch.dict(os.environ, {"CELERY_BROKER_URL": url_of(port)}):
            around.start("broker")
            yield around
    finally:
        for name in list(around.running):
            around.kill(name)


def kill_workers(around: House, n: int) -> tuple[Counter[str], list[str]]:
    """`n` kills of a worker, or of its child alone, at a random moment of its work; the sweep goes on beside it."""
    world, chance = around.world, around.world.chance
    injected: Counter[str] = Counter()
    broken: list[str] = []
    for _ in range(n):
        around.supervise("worker", "beat")
        world.write(chance.randint(3, 10))
        if chance.random() < SHARE_ANY_MOMENT:
            time.sleep(chance.uniform(0, 2))
        elif wait_for(world.in_hand, SECONDS_TO_BEGIN):
            time.sleep(chance.uniform(0, LONGEST_SENDING))
        elif world.due():
            broken.append(f"a worker took nothing in {SECONDS_TO_BEGIN} s: {_last_words(around, 'worker')}")
        when = "while it had messages in hand" if world.in_hand() else "with nothing in hand"
        if chance.random() < SHARE_CHILD_ONLY and _children_of(around.running["worker"].pid):
            held = world.claims()
            around.kill_child_of("worker")
            injected[f"killed: a worker's child {when}"] += 1
            world.end_leases(held)
        else:
            around.kill("worker")
            injected[f"killed: a worker {when}"] += 1
            world.end_leases()
    return injected, broken


def kill_broker(around: House, n: int) -> tuple[Counter[str], list[str], dict[str, float]]:
    """`n` kills of the broker while messages are written and sent; it comes back, and the sweep finds all of them."""
    world, chance = around.world, around.world.chance
    injected: Counter[str] = Counter()
    broken: list[str] = []
    longest, restarts = 0.0, 0
    around.supervise("worker", "beat")
    for _ in range(n):
        restarts += around.supervise("worker", "beat")
        way = chance.choice(KILLS_OF_THE_BROKER)
        longest = max(longest, _write_through(around, way, broken))
        injected[f"killed: the broker {way}"] += 1
        time.sleep(chance.uniform(0, 1.5))
        around.start("broker")
        if not wait_for(partial(_all_sent, around), SECONDS_TO_FINISH):
            words = f"{world.open()} messages were not sent {SECONDS_TO_FINISH} s after the broker came back"
            broken.append(f"{words}: {_last_words(around, 'worker')}")
    figures = {"longest write, s": round(longest, 2), "workers or beats that ended by themselves": restarts}
    return injected, broken, figures


def _write_through(around: House, way: str, broken: list[str]) -> float:
    """Write while the broker is killed; the longest that one transaction took with its bell."""
    world, chance, longest = around.world, around.world.chance, 0.0
    kill = partial(around.kill, "broker")
    timer = threading.Timer(chance.uniform(0, 0.4), kill)
    count = chance.randint(5, 12)
    last = chance.randrange(count)
    if way == "at any moment":
        timer.start()
    for number in range(count):
        started = time.monotonic()
        is_last = number == last and way != "at any moment"
        try:
            world.write(chance.randint(1, 3), before_commit=kill if is_last and "in a" in way else int)
        except Exception as trouble:
            broken.append(f"a writer was disturbed by the broker's end: {trouble!r}")
        longest = max(longest, time.monotonic() - started)
        if is_last:
            kill()
        time.sleep(chance.uniform(0, 0.05))
    if way == "at any moment":
        timer.join()
    return longest


def _all_sent(around: House) -> bool:
    around.world.end_waits()
    time.sleep(0.1)
    return not around.world.open()


def _last_words(around: House, name: str) -> str:
    return around.log(name).read_text(errors="replace")[-300:]
