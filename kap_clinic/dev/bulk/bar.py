"""A bar of plain text that shows how far a long work has come."""

import time
from typing import TextIO

WIDTH = 30
EVERY = 0.2  # seconds between two drawings


class Bar:
    """Draws over itself on a terminal; elsewhere a line for each tenth."""

    def __init__(self, total: int, out: TextIO) -> None:
        self.total, self.out, self.so_far = total, out, 0
        self.started = self.drawn = time.perf_counter()
        self.tenth = 0

    def forward(self, count: int) -> None:
        self.so_far += count
        if self.out.isatty():
            if time.perf_counter() - self.drawn > EVERY:
                self._draw("\r")
        elif self.so_far * 10 // self.total > self.tenth:
            self.tenth = self.so_far * 10 // self.total
            self._draw("\n")

    def done(self) -> None:
        if self.out.isatty():
            self._draw("\r")
            self.out.write("\n")

    def _draw(self, end: str) -> None:
        self.drawn = time.perf_counter()
        filled = WIDTH * self.so_far // self.total
        rate = self.so_far / max(self.drawn - self.started, 0.001)
        line = (
            f"[{'#' * filled}{'.' * (WIDTH - filled)}] {self.so_far:,} of {self.total:,} patients, {rate:,.0f} a second"
        )
        self.out.write(line + end)
        self.out.flush()
