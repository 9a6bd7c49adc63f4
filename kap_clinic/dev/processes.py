"""So that no process is ever left behind, however its starter ended. Linux only; elsewhere these do nothing."""

import ctypes
import os
import signal
import sys
import time
from pathlib import Path

SET_PARENT_DEATH_SIGNAL, SET_CHILD_SUBREAPER = 1, 36  # prctl(2)
SECONDS_TO_END = 3


def end_with_parent(number: signal.Signals) -> None:
    """Called in a child: have the system send this signal when the parent dies, even by SIGKILL."""
    _prctl(SET_PARENT_DEATH_SIGNAL, number)


def adopt_orphans() -> None:
    """From now on a process whose parent ends becomes a child of ours."""
    _prctl(SET_CHILD_SUBREAPER, 1)


def end_children() -> list[str]:
    """Wait a moment for all children to end, then end them. Answers with those that had to be ended."""
    until = time.monotonic() + SECONDS_TO_END
    ended = []
    while pids := _children():
        late = time.monotonic() > until
        for pid in pids:
            if late:
                command = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ").strip()
                ended.append(f"{pid} {command[:200]}")
                os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0 if late else os.WNOHANG)
        time.sleep(0.05)
    return ended


def _children() -> list[int]:
    path = Path(f"/proc/self/task/{os.getpid()}/children")
    return [int(pid) for pid in path.read_text().split()] if path.exists() else []


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
