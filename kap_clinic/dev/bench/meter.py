"""CPU time of this process and of its database backend, for one thing done again and again."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from django.db import connection

WARM = 3
NANO = 1e9


@dataclass(frozen=True)
class Cost:
    """CPU milliseconds of one time: the median and the 90th of a hundred. `web` and `database` are medians."""

    ms: float
    p90: float
    web: float
    database: float

    def over(self, count: int) -> "Cost":
        """The cost of one of `count` things done at once."""
        return Cost(self.ms / count, self.p90 / count, self.web / count, self.database / count)


def cost_of(job: Callable[[], object], *, times: int, warm: int = WARM) -> Cost:
    """Done a few times to warm up, then measured one by one. The backend is the one of Django's kept connection."""
    for _ in range(min(warm, times)):
        job()
    web, database = [], []
    for _ in range(times):
        pid = _backend()
        before = time.process_time(), _used_by(pid)
        job()
        after = time.process_time(), _used_by(pid)
        web.append((after[0] - before[0]) * 1000)
        database.append((after[1] - before[1]) * 1000)
    both = [a + b for a, b in zip(web, database, strict=True)]
    p90 = quantiles(both, n=10)[-1] if len(both) > 1 else both[0]
    return Cost(median(both), p90, median(web), median(database))


def _backend() -> int:
    connection.ensure_connection()
    return int(connection.connection.info.backend_pid)


def _used_by(pid: int) -> float:
    """Seconds on a processor so far, to the nanosecond (the kernel's own count)."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / NANO
