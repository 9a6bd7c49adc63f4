"""What every page is given: the nonce, the rail, and how this device likes to look."""

from functools import partial

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from kap_clinic.web import rail

THEMES = ("auto", "light", "dark")
TEXT_SIZES = ("m", "s", "l")
THEME_COOKIE, TEXT_COOKIE = "kap_theme", "kap_text"


def page(request: HttpRequest) -> dict[str, object]:
    """Nothing here is computed before a template asks: parts of pages and polls do not pay for the rail."""
    return {
        "csp_nonce": getattr(request, "csp_nonce", ""),
        "rail": SimpleLazyObject(partial(rail.entries, request)),
        "search_url": rail.SEARCH,
        "account_url": "/account/" if rail.exists("/account/") else "",
        "theme": _chosen(request, THEME_COOKIE, "theme", THEMES),
        "text_size": _chosen(request, TEXT_COOKIE, "text_size", TEXT_SIZES),
    }


def _chosen(request: HttpRequest, cookie: str, attribute: str, known: tuple[str, ...]) -> str:
    """What this device chose, else what the person chose, else the first; anything unknown is passed over."""
    user = getattr(request, "user", None)
    wishes = (request.COOKIES.get(cookie), getattr(user, attribute, None))
    return next((wish for wish in wishes if wish in known), known[0])
