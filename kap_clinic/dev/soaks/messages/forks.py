"""Senders that kill themselves at a named point, or stall there while their lease ends and others carry on."""

import os
import socket
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from random import Random
from signal import SIGCONT, SIGKILL, SIGSTOP
from typing import Any

from django.core.mail.utils import DNS_NAME
from django.db import connections

from kap_clinic.dev.processes import end_with_parent
from kap_clinic.dev.soaks.messages.world import World
from kap_clinic.outbox import actions

WHERE_IT_STALLS = (
    *("claim, after commit", "hand-over, after commit", "letter half gone"),
    *("letter gone, not answered", "letter answered"),
)
POINTS = (
    *("settling, before commit", "settling, after commit", "before the claim", "claim, before commit"),
    *("before the note", "before the hand-over", "hand-over, before commit", "last note, before commit"),
    *("last note, after commit", *WHERE_IT_STALLS),
)
A_LETTER = (b"Message-ID", b"Idempotency-Key")
SHARE_STALLED, SHARE_WOKEN, MOST_STALLED = 0.25, 0.5, 3
MOST_FORKS = 20  # for each kill
FAILED = 3


@dataclass
class Fate:
    """Where a sender ends: the n-th time it comes to a point it is killed there, or stops until it is woken."""

    point: str
    nth: int
    stalls: bool = False
    stage: str = ""

    def at(self, point: str) -> None:
        if point == self.point:
            self.nth -= 1
            if not self.nth:
                os.kill(os.getpid(), SIGSTOP if self.stalls else SIGKILL)

    def lay(self) -> None:
        """Set the trap, in a process that will never do anything else."""
        self._wrap(actions, "settle_hanging", stage="settling")
        self._wrap(actions, "_claim", stage="claim", before="before the claim")
        self._wrap(actions, "_note", stage="last note", before="before the note")
        self._wrap(actions, "_hand_over", stage="hand-over", before="before the hand-over")
        self._wrap(actions, "_go", after="letter answered")
        self._wrap_commit()
        self._wrap_socket()

    def _wrap(self, owner: Any, name: str, *, stage: str = "", before: str = "", after: str = "") -> None:
        real: Callable[..., Any] = getattr(owner, name)

        @wraps(real)
        def trapped(*args: Any, **kwargs: Any) -> Any:
            self.stage = stage
            self.at(before)
            answer = real(*args, **kwargs)
            self.at(after)
            return answer

        setattr(owner, name, trapped)

    def _wrap_commit(self) -> None:
        connection = connections["default"]
        real = connection.commit

        def commit() -> None:
            stage = self.stage
            self.at(f"{stage}, before commit")
            real()
            self.at(f"{stage}, after commit")

        connection.commit = commit  # type: ignore[method-assign]

    def _wrap_socket(self) -> None:
        real = socket.socket.sendall

        def sendall(sock: socket.socket, data: Any, *flags: int) -> None:
            if not any(mark in bytes(data) for mark in A_LETTER):
                return real(sock, data, *flags)
            half = len(data) // 2
            real(sock, data[:half], *flags)
            self.at("letter half gone")
            real(sock, data[half:], *flags)
            self.at("letter gone, not answered")
            return None

        socket.socket.sendall = sendall  # type: ignore[method-assign, assignment]


def kill_senders(world: World, n: int, points: Sequence[str] = POINTS) -> tuple[Counter[str], list[str]]:
    """`n` kills of senders, one after another, and stalled ones in between that wake up later."""
    str(DNS_NAME)  # looked up once, not by each of them
    injected: Counter[str] = Counter()
    broken: list[str] = []
    stalled: list[int] = []
    try:
        for _ in range(n * MOST_FORKS):
            if sum(injected[f"killed: {point}"] for point in points) >= n:
                break
            _one(world, points, stalled, injected, broken)
        while stalled:
            _wake(stalled, world.chance, broken)
    finally:
        for pid in stalled:
            os.kill(pid, SIGKILL)
            os.waitpid(pid, 0)
    return injected, broken


def _one(world: World, points: Sequence[str], stalled: list[int], injected: Counter[str], broken: list[str]) -> None:
    chance = world.chance
    world.write(chance.randint(1, 3) if world.due() < 3 else 0)
    point = chance.choice(points)
    stalls = point in WHERE_IT_STALLS and len(stalled) < MOST_STALLED and chance.random() < SHARE_STALLED
    pid = _fork(Fate(point, chance.randint(1, 2), stalls), batch=chance.choice((1, 2, 100)))
    _, status = os.waitpid(pid, os.WUNTRACED)
    if os.WIFSTOPPED(status):
        if stalled and chance.random() < SHARE_WOKEN:
            _wake(stalled, chance, broken)  # an older one, while the lease of the new one lasts
        stalled.append(pid)
        injected[f"stalled: {point}"] += 1
    elif os.WIFSIGNALED(status) and os.WTERMSIG(status) == SIGKILL:
        injected[f"killed: {point}"] += 1
    elif status:
        broken.append(f"a sender failed before {point}, wait status {status}")
    if not os.WIFSTOPPED(status) and stalled and chance.random() < SHARE_WOKEN:
        _wake(stalled, chance, broken)
    world.end_leases()


def _fork(fate: Fate, *, batch: int) -> int:
    connections.close_all()
    pid = os.fork()
    if pid:
        return pid
    try:
        end_with_parent(SIGKILL)
        fate.lay()
        actions.send_due(batch=batch)
        os._exit(0)
    except BaseException:
        traceback.print_exc(file=sys.__stderr__)
    finally:
        os._exit(FAILED)


def _wake(stalled: list[int], chance: Random, broken: list[str]) -> None:
    """It goes on where it stopped, as if nothing had happened meanwhile."""
    pid = stalled.pop(chance.randrange(len(stalled)))
    os.kill(pid, SIGCONT)
    _, status = os.waitpid(pid, 0)
    if status:
        broken.append(f"a sender that had stalled ended with wait status {status}")
