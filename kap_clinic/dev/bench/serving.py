"""Requests to the application in this process, through its WSGI handler and every middleware, as a signed-in person;
and to a floor: the same handler without any middleware, answering with rows the database has put together."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from kap_clinic.accounts.models import User

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
CSRF = "b" * 32


class NotAnswered(Exception):
    """A page that is measured did not answer as it should."""


@dataclass
class Answer:
    status: int
    size: int
    first: bytes


class Person:
    """Somebody with a session, second factor passed just now."""

    def __init__(self, user: User) -> None:
        self.app = WSGIHandler()
        store = SessionStore()
        now = timezone.now().timestamp()
        store[SESSION_KEY], store[BACKEND_SESSION_KEY] = str(user.pk), BACKEND
        store[HASH_SESSION_KEY] = user.get_session_auth_hash()
        store["account_authentication_methods_user"] = str(user.pk)
        store["account_authentication_methods"] = [
            {"method": "password", "at": now, "email": user.email},
            {"method": "mfa", "at": now, "type": "totp"},
        ]
        store.create()
        self.cookies = f"{settings.SESSION_COOKIE_NAME}={store.session_key}; {settings.CSRF_COOKIE_NAME}={CSRF}"

    def get(self, address: str) -> Answer:
        path, _, query = address.partition("?")
        return self._ask({"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query}, b"", 200)

    def post(self, path: str, data: Mapping[str, Any], *, status: int = 302) -> Answer:
        """As a form of ours sends it, with a key of its own."""
        body = urlencode({**data, "csrfmiddlewaretoken": CSRF, "_once": str(uuid4())}).encode()
        return self._ask({"REQUEST_METHOD": "POST", "PATH_INFO": path, "QUERY_STRING": ""}, body, status)

    def _ask(self, what: dict[str, str], body: bytes, status: int) -> Answer:
        answer = ask(self.app, {**what, "HTTP_COOKIE": self.cookies, "HTTP_REFERER": "http://localhost/"}, body)
        if answer.status != status:
            raise NotAnswered(f"{what['PATH_INFO']} answered {answer.status}, not {status}")
        return answer


class Floor(WSGIHandler):
    """The same handler, no middleware: one view."""

    def __init__(self, view: Callable[[], bytes]) -> None:
        self.view = view

    def get_response(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse(self.view())

    def get(self) -> Answer:
        return ask(self, {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "QUERY_STRING": ""}, b"")


def ask(app: WSGIHandler, what: Mapping[str, str], body: bytes) -> Answer:
    """One request; the whole answer is read."""
    status: list[Any] = []
    environ = {
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "localhost",
        "HTTP_USER_AGENT": "bench",
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.url_scheme": "http",
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **what,
    }

    def start(line: str, headers: list[tuple[str, str]], error: Any = None, /) -> Callable[[bytes], object]:
        status.append(line)
        return status.append

    response: Any = app(environ, start)
    size, first = 0, b""
    for part in response:
        first = first or part
        size += len(part)
    response.close()
    return Answer(int(status[0].split()[0]), size, first)
