"""Where a static file is, what it holds and its fingerprint, so that a browser refuses a file that was changed."""

import base64
import hashlib
from collections.abc import Callable
from functools import lru_cache, wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage

Given = ParamSpec("Given")
Made = TypeVar("Made")


def once(make: Callable[Given, Made]) -> Callable[Given, Made]:
    """Made once for each process, since nothing changes under it; while DEBUG each time."""
    kept = lru_cache(maxsize=256)(make)

    @wraps(make)
    def made(*given: Given.args, **named: Given.kwargs) -> Made:
        return make(*given, **named) if settings.DEBUG else kept(*given, **named)  # type: ignore[arg-type]

    return made


@once
def url(name: str) -> str:
    return staticfiles_storage.url(name)


def integrity(name: str) -> str:
    """`sha384-...` of the file as it is served, computed once for each process; while DEBUG, once for each edit."""
    return _integrity(name, _stamp(name) if settings.DEBUG else 0)


@lru_cache(maxsize=256)
def _integrity(name: str, stamp: int) -> str:
    return "sha384-" + base64.b64encode(hashlib.sha384(read(name)).digest()).decode()


def read(name: str) -> bytes:
    """The bytes a browser is given: the collected, hashed file, or the source where files are served from source."""
    if settings.DEBUG or not hasattr(staticfiles_storage, "stored_name"):
        return source(name).read_bytes()
    with staticfiles_storage.open(staticfiles_storage.stored_name(name)) as file:
        return file.read()


def source(name: str) -> Path:
    found = finders.find(name)
    if not found:
        raise FileNotFoundError(f"No finder knows the static file {name}.")
    return Path(found)


def _stamp(name: str) -> int:
    return source(name).stat().st_mtime_ns


@lru_cache(maxsize=1)
def modules() -> dict[str, str]:
    """Each of our ES modules by the name others import it by: `kap/keys` is `js/keys.js`."""
    folder = source("js")
    return {f"kap/{file.stem}": f"js/{file.name}" for file in sorted(folder.glob("*.js"))}
