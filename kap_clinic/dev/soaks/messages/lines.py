"""The text-message gateway of the trial as a sender sees it: it honours keys."""

import os
from http.client import HTTPConnection, HTTPException
from typing import Any

from kap_clinic.outbox.gateways import InDoubt, Letter, NotTaken

PORT = "KAP_SOAK_GATEWAY_PORT"
SECONDS = 10
ACCEPTED = 202


class KeyGateway:
    """The same key twice is one message."""

    honours_keys = True

    def send(self, letter: Letter) -> None:
        connection = HTTPConnection("127.0.0.1", int(os.environ[PORT]), timeout=SECONDS)
        try:
            connection.connect()
        except OSError as trouble:
            raise NotTaken(type(trouble).__name__) from trouble
        try:
            headers = {"Idempotency-Key": str(letter.key)}
            connection.request("POST", "/messages", letter.body.encode(), headers)
            status = connection.getresponse().status
        except (OSError, HTTPException) as trouble:
            raise InDoubt(type(trouble).__name__) from trouble
        finally:
            connection.close()
        if status != ACCEPTED:
            raise NotTaken(f"HTTP {status}")


def stands(message: Any) -> dict[str, Any]:
    """There is no visit behind the reminders of the trial: all of them stand."""
    return {}


STANDS = {"visit": f"{__name__}.{stands.__name__}"}
