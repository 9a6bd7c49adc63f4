"""Why something is not possible, in words people read."""

from collections.abc import Mapping, Sequence
from typing import Any


class NotPossible(Exception):
    """What stands in the way, in sentences people read."""

    def __init__(self, reasons: Sequence[str]):
        super().__init__("; ".join(reasons))
        self.reasons = list(reasons)


class ChangedMeanwhile(Exception):
    """Somebody else saved the same section; both are kept and shown."""

    def __init__(self, theirs: Mapping[str, Any]):
        super().__init__("changed meanwhile")
        self.theirs = dict(theirs)
