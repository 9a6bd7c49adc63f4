"""From the bytes somebody sent to what may be kept."""

import json
import subprocess
import sys
import time
from dataclasses import dataclass

from kap_clinic.environment import BASE
from patients.outside.files.kinds import Refused

SECONDS = 12.0  # for all files of one form: the database lets a transaction wait for 15 (REL-22)
TOO_MUCH = "The file took too long or too much memory to read. Print it to a new PDF, or make it smaller, and add that"
CHILD = [sys.executable, "-m", "patients.outside.files.wash"]


@dataclass(frozen=True)
class CleanFile:
    """A clean copy: nothing of the file as it came but what is seen of it."""

    kind: str  # a FileType
    content: bytes
    pages: int
    left_out: tuple[str, ...] = ()


def clean(data: bytes, *, until: float | None = None) -> CleanFile:
    """What may be kept of a file. Refused: nothing of it, and why.

    It is read in a process of its own, so that a file made to break the reader breaks nothing else. `until` is a moment
    of `time.monotonic()`, 12 seconds from now unless given.
    """
    seconds = SECONDS if until is None else until - time.monotonic()
    try:
        done = subprocess.run(  # noqa: S603  # our own module, no word of it from outside
            CHILD, input=data, capture_output=True, timeout=max(seconds, 0.01), cwd=BASE, env={"LANG": "C.UTF-8"}
        )
    except subprocess.TimeoutExpired:
        raise Refused(TOO_MUCH) from None
    line, _, content = done.stdout.partition(b"\n")
    if done.returncode or not line:
        raise Refused(TOO_MUCH)
    said = json.loads(line)
    if "refused" in said:
        raise Refused(said["refused"])
    return CleanFile(said["kind"], content, said["pages"], tuple(said["left_out"]))
