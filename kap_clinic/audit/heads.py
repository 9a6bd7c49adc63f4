"""The ends of the chains, written to a second place: a file that is only added to (`settings.AUDIT_HEADS_FILE`).

A line for each chain and hour: {"clinic": 3, "no": 1204, "digest": "ab..", "at": "2026-03-02T14:00:00+00:00"}. The file
belongs on a disk that whoever owns the database cannot write: another host, or `chattr +a`.
"""

import fcntl
import json
import os
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Head:
    clinic: int
    no: int
    digest: str
    at: str  # when it was written down


@dataclass
class Heads:
    """What the second place remembers, and what is wrong with it."""

    by_chain: dict[int, dict[int, str]] = field(default_factory=lambda: defaultdict(dict))
    troubles: list[str] = field(default_factory=list)


def append(path: Path, heads: Iterable[Head]) -> None:
    """Add lines, whole and on the disk before this returns."""
    text = "".join(json.dumps(asdict(head), separators=(",", ":")) + "\n" for head in heads)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "ab", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(text.encode())
        os.fsync(file)


def read(path: Path) -> Heads:
    """Every head ever written. A line that cannot be read, or two that disagree, are told, not passed over."""
    heads = Heads()
    with path.open() as file:
        for number, line in enumerate(file, start=1):
            try:
                _take(heads, Head(**json.loads(line)), number)
            except (ValueError, TypeError):
                heads.troubles.append(f"Line {number} of {path.name} cannot be read")
    return heads


def _take(heads: Heads, head: Head, number: int) -> None:
    before = heads.by_chain[head.clinic].setdefault(head.no, head.digest)
    if before != head.digest:
        heads.troubles.append(f"Line {number}: link {head.no} of clinic {head.clinic} was written before, otherwise")
