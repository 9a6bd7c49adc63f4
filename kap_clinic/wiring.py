"""The one way up: what a lower room does not know how to do itself, by event, as dotted names of functions above it.

They are called in order, in the same transaction. A test resolves every name.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.module_loading import import_string

WIRES: Mapping[str, tuple[str, ...]] = {
    # A second person agreed that somebody joins a care team: payload, reason, proposed_by, by.
    "accounts.team_agreed": ("patients.agreements.join_team",),
}


def call(event: str, **facts: Any) -> None:
    """Tell the rooms above. KeyError: nobody wired this event."""
    for name in WIRES[event]:
        import_string(name)(**facts)
