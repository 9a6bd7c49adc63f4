"""A process of its own that reads what somebody sent: no database, no secrets, a limit on time and memory.

The file comes in on standard input. Out goes a line of JSON, then the clean copy; or only the line, saying why not.
"""

import json
import resource
import sys

from patients.outside.files import kinds

SECONDS, MEMORY = 12, 1500 * 2**20


def clean(data: bytes) -> tuple[str, bytes, int, list[str]]:
    """What the file is, its clean copy, its pages, and what was left out. Refused: it is not taken, with the reason."""
    kind = kinds.kind_of(data)
    copy, pages, left_out = _cleaned(data, kind)
    if len(copy) > kinds.LARGEST_KEPT:
        raise kinds.Refused(
            f"Written anew it is larger than {kinds.LARGEST_KEPT // 2**20} MB. Make it smaller and add that"
        )
    return kind, copy, pages, left_out


def _cleaned(data: bytes, kind: str) -> tuple[bytes, int, list[str]]:
    """Each reader is imported only when it is needed: most of the time goes into that."""
    if kind == kinds.PDF:
        from patients.outside.files import pdf

        return pdf.clean(data)
    if kind == kinds.TEXT:
        from patients.outside.files import text

        return text.clean(data)
    from patients.outside.files import picture

    return picture.clean(data, kind)


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
