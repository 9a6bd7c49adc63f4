"""Long trials with faults brought about on purpose: kills, races, cut-offs, random walks.

Each module here is one soak, run by `manage.py soak NAME --n N --seed S`, and has `run(n: int, seed: int) -> Report`.
It is called inside a database of its own, made from the migrations and connected to as the application's role.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Report:
    """What a soak did and saw.

    injected: how many faults it brought about, by kind. A soak that injected nothing proves nothing and fails.
    broken: each promise it saw broken, in a sentence with what is needed to see it again.
    figures: what else is worth writing down, with units in the name.
    """

    injected: Mapping[str, int]
    broken: list[str] = field(default_factory=list)
    figures: Mapping[str, float | int | str] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        return not self.broken and sum(self.injected.values()) > 0
