"""A process of its own that reads what somebody sent: no database, no secrets, a limit on time and memory.

The file comes in on standard input. Out goes a line of JSON, then the clean copy; or only the line, saying why not.
"""

import json
import resource
import sys

from patients.outside.files import kinds, pdf, picture, text

SECONDS, MEMORY = 12, 1500 * 2**20


def clean(data: bytes) -> tuple[str, bytes, int, list[str]]:
    """What the file is, its clean copy, its pages, and what was left out. Refused: it is not taken, with the reason."""
    kind = kinds.kind_of(data)
    if kind == kinds.PDF:
        return kind, *pdf.clean(data)
    return kind, *(text.clean(data) if kind == kinds.TEXT else picture.clean(data, kind))


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # it writes to no file
    if sys.platform == "linux":  # elsewhere the system counts what is shared, too
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    out = sys.stdout.buffer
    try:
        kind, copy, pages, left_out = clean(sys.stdin.buffer.read())
    except kinds.Refused as no:
        out.write(json.dumps({"refused": str(no)}).encode() + b"\n")
    else:
        out.write(json.dumps({"kind": kind, "pages": pages, "left_out": left_out}).encode() + b"\n" + copy)


if __name__ == "__main__":
    main()
