"""The world outside, a process of its own: a mail server and a text-message gateway that write down what they took.

Run as a program: `outside.py BOOK SEED`. It says on one line which ports it listens on. A mail is in the book before
the server answers, whether the answer is heard or not. The gateway delivers a key once, whatever it is asked. Both have
bad moments: they refuse for now, or take a message and hang up without an answer.
"""

import asyncio
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

BUSY, HANGS_UP = 0.03, 0.03  # shares of messages
SLOWEST = 0.02  # seconds before an answer


class Book:
    """One line for each message taken; a line says whether its key had been delivered before."""

    def __init__(self, path: Path, seed: str) -> None:
        self.file, self.lock, self.keys = path.open("a"), threading.Lock(), set[str]()
        self.chance = Random(seed)  # noqa: S311  # a trial, no secret

    def mood(self) -> tuple[str, float]:
        with self.lock:
            drawn = self.chance.random()
            slow = self.chance.uniform(0, SLOWEST)
        return "busy" if drawn < BUSY else "hangs up" if drawn < BUSY + HANGS_UP else "", slow

    def take(self, channel: str, key: str, *, once: bool) -> None:
        with self.lock:
            again = once and key in self.keys
            self.keys.add(key)
            self.file.write(json.dumps({"channel": channel, "key": key, "again": again}) + "\n")
            self.file.flush()


class MailHandler:
    def __init__(self, book: Book) -> None:
        self.book = book

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        mood, slow = self.book.mood()
        if mood == "busy":
            return "451 later, please"
        head = bytes(envelope.original_content or b"").decode(errors="replace")
        key = next(line for line in head.splitlines() if line.lower().startswith("message-id:")).partition(":")[2]
        self.book.take("email", key.strip(), once=False)
        if mood == "hangs up" and isinstance(server.transport, asyncio.Transport):
            server.transport.abort()
        await asyncio.sleep(slow)
        return "250 taken"


class GatewayHandler(BaseHTTPRequestHandler):
    book: Book

    def do_POST(self) -> None:
        mood, _ = self.book.mood()
        length = int(self.headers["Content-Length"])
        if len(self.rfile.read(length)) < length:
            return  # the sender died half-way
        if mood != "busy":
            self.book.take("sms", self.headers["Idempotency-Key"], once=True)
        if mood == "hangs up":
            return
        self.send_response(503 if mood == "busy" else 202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *said: Any) -> None: ...


class Gateway(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Senders die here all the time."""


async def listen(book: Book) -> None:
    GatewayHandler.book = book
    gateway = Gateway(("127.0.0.1", 0), GatewayHandler)
    threading.Thread(target=gateway.serve_forever, daemon=True).start()
    mail = MailHandler(book)
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(mail, hostname="sink"), "127.0.0.1", 0)
    print(json.dumps({"email": server.sockets[0].getsockname()[1], "sms": gateway.server_port}), flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(listen(Book(Path(sys.argv[1]), sys.argv[2])))
