"""What the left rail shows to this person: an entry for each place that exists and that they may open."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest
from django.urls import Resolver404, get_urlconf, resolve
from django.utils.module_loading import import_string

Counts = Mapping[str, int | None]


@dataclass(frozen=True)
class Entry:
    key: str  # what the counts are named by
    name: str
    url: str
    icon: str
    keys: str  # pressed one after the other
    count: int | None = None
    current: bool = False
    late: bool = False  # on a phone it moves from the bar to the person's menu


SEARCH = "/patients/"  # answers ?q=
ENTRIES = (
    Entry("today", "Today", "/", "today", "g t"),
    Entry("patients", "Patients", SEARCH, "people", "g p"),
    Entry("reviews", "Reviews", "/screening/reviews/", "review", "g r"),
    Entry("schedule", "Schedule", "/schedule/", "board", "g s"),
    Entry("reports", "Reports", "/reports/", "report", "g o"),
    Entry("settings", "Settings", "/settings/", "cog", "g e", late=True),
)


def entries(request: HttpRequest) -> list[Entry]:
    """Entries in order. `settings.RAIL_COUNTS` names a function of the request: entry key to work waiting (0 or None
    for none); a key it leaves out is a place this person may not open. Without it, all places that exist are shown."""
    if not getattr(getattr(request, "user", None), "is_authenticated", False):
        return []
    counts = _counts(request)
    shown = [entry for entry in ENTRIES if exists(entry.url) and (counts is None or entry.key in counts)]
    here = max((e.url for e in shown if _is_at(request.path, e.url)), key=len, default=None)
    return [replace(e, count=(counts or {}).get(e.key) or None, current=e.url == here) for e in shown]


def exists(url: str) -> bool:
    """Whether the project answers at this address."""
    return _answers(url, get_urlconf() or settings.ROOT_URLCONF)


@lru_cache(maxsize=64)
def _answers(url: str, urlconf: str) -> bool:
    try:
        resolve(url, urlconf)
    except Resolver404:
        return False
    return True


def _counts(request: HttpRequest) -> Counts | None:
    dotted = getattr(settings, "RAIL_COUNTS", None)
    if dotted is None:
        return None
    count: Callable[[HttpRequest], Counts] = import_string(dotted)
    return count(request)


def _is_at(path: str, url: str) -> bool:
    return path == url if url == "/" else path.startswith(url)
