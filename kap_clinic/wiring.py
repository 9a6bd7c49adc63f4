"""The one way up: which actions of higher apps follow an event of a lower one, in order, in the same transaction.

A lower app says `tell("patients.facts_changed", ...)` and imports nothing from above. There are no signals and no
second registry; a test resolves every name and prints this table into the docs.
"""

from typing import Any

from django.utils.module_loading import import_string

TABLE: dict[str, tuple[str, ...]] = {
    # A second person agreed that somebody joins a care team: payload, reason, proposed_by, by.
    "accounts.team_agreed": ("patients.agreements.join_team",),
    # A medicine, weight, vital sign, measure or lab result of a patient is new or different.
    "patients.facts_changed": ("screening.actions.rerun",),
    # A measure raised a critical flag, such as an acute ASQ.
    "screening.critical_flag": ("sessions.course.hold_for",),
    # The rules ran again and the overall result is worse than before.
    "screening.worse": ("sessions.course.hold_for",),
}

# Who is asked, just before a message goes, whether it still stands, by what its kind begins with. The
# answer completes its words, or is None: nothing to say any more.
FACTS_FOR: dict[str, str] = {
    "visit": "sessions.visits.messages.facts_for",
    "link": "patients.links.messages.facts_for",
}


def facts_for(message: Any) -> dict[str, Any] | None:
    """What a message still lacks, or None when what it tells of does not stand any more. No entry: it stands."""
    dotted = FACTS_FOR.get(message.kind.partition("_")[0])
    return {} if dotted is None else import_string(dotted)(message)


def tell(event: str, **facts: Any) -> None:
    """Call what follows an event, with its facts as keywords. An event that is not in the table is an error."""
    for dotted in TABLE[event]:
        import_string(dotted)(**facts)
