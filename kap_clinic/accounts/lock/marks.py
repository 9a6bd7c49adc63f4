"""What a session and a view say about themselves to the idle lock."""

from collections.abc import Callable

from django.http import HttpResponse

SIGNED_IN_AT, SEEN_AT, LOCKED_AT = "signed_in_at", "seen_at", "locked_at"  # seconds since 1970, in the session
MINUTES = "idle_minutes"  # in the session: the limit as it was last looked up, for the page's own clock
View = Callable[..., HttpResponse]


def while_locked(view: View) -> View:
    """A view that answers while the screen is locked: unlocking, and the way out."""
    view.while_locked = True  # type: ignore[attr-defined]
    return view


def quiet(view: View) -> View:
    """A view that a page asks by itself, like a poll: it does not show that somebody is there."""
    view.quiet = True  # type: ignore[attr-defined]
    return view
