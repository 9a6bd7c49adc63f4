"""Keeps the tokens of links out of every log line, whoever writes it and wherever it goes (SEC-29)."""

import logging
import re
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

TOKEN = re.compile(r"/p/[A-Za-z0-9_-]{20,}")  # a token has 43 signs; a page after the check far fewer
HIDDEN = "/p/[token]"
Factory = Callable[..., logging.LogRecord]


def without_tokens(factory: Factory) -> Factory:
    """A factory of log records that reads over what the given one made."""
    if getattr(factory, "hides_tokens", False):
        return factory

    @wraps(factory)
    def quiet(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = factory(*args, **kwargs)
        record.msg, record.args = cleaned(record.msg), _cleaned_arguments(record.args)
        return record

    quiet.hides_tokens = True  # type: ignore[attr-defined]
    return quiet


def cleaned(value: Any) -> Any:
    """The same without tokens. What is no text is looked at as the text it would become."""
    if isinstance(value, str):
        return TOKEN.sub(HIDDEN, value) if "/p/" in value else value
    if isinstance(value, int | float | bool | None):
        return value
    text = str(value)
    return TOKEN.sub(HIDDEN, text) if TOKEN.search(text) else value


def _cleaned_arguments(arguments: Any) -> Any:
    if isinstance(arguments, Mapping):
        return {name: cleaned(value) for name, value in arguments.items()}
    return tuple(map(cleaned, arguments)) if isinstance(arguments, tuple) else arguments
