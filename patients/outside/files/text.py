"""Plain text: as it is, but for the mark at its beginning and the kind of its line ends."""

import re

from patients.outside.files.kinds import TAKEN, Refused

# Text that some program would run or draw rather than show.
MARKUP = re.compile(
    r"\A\s*(?:<|%!|#!|\{\\rtf)|<\s*(?:!doctype|html|script|svg|iframe|object|embed|img|body|\?xml)\b|javascript:",
    re.IGNORECASE,
)


def clean(data: bytes) -> tuple[bytes, int, list[str]]:
    """The same text in UTF-8. Refused: nothing is in it, or it is a web page, a drawing or a program."""
    text = data.decode().removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise Refused("The file is empty")
    if MARKUP.search(text):
        raise Refused(f"This is a web page, a drawing or a program, not plain text. {TAKEN}")
    return text.encode(), 1, []
