"""What a file is, from its own bytes. Its name and what the browser says of it are never asked."""

PDF, PNG, JPEG, TEXT = "application/pdf", "image/png", "image/jpeg", "text/plain"
LARGEST_KEPT = 40 * 2**20  # bytes of a clean copy: a picture may grow when it is drawn anew
TAKEN = "A PDF, a PNG or JPEG picture, or plain text can be added"
BEGINS = {b"%PDF-": PDF, b"\x89PNG\r\n\x1a\n": PNG, b"\xff\xd8\xff": JPEG}
# What people try most, each with the way out.
NOT_TAKEN = {
    b"PK\x03\x04": "This is a Word, Excel or ZIP file. Save it as PDF and add that",
    b"PK\x05\x06": "This is a ZIP file. Add the papers in it one by one",
    b"\xd0\xcf\x11\xe0": "This is an old Word or Excel file. Save it as PDF and add that",
    b"{\\rtf": "This is a rich text file. Save it as PDF and add that",
    b"II*\x00": "This is a TIFF picture. Save it as PDF and add that",
    b"MM\x00*": "This is a TIFF picture. Save it as PDF and add that",
    b"GIF8": "This is a GIF picture. Save it as PNG and add that",
    b"RIFF": "This picture or sound is of a kind that is not taken. Save it as PNG or PDF and add that",
    b"BM": "This may be a BMP picture. Save it as PNG and add that",
}
PHONE_PICTURE = (b"ftyphei", b"ftyphev", b"ftypmif1", b"ftypavif")


class Refused(Exception):
    """Why a file is not taken, and what to do, in a sentence people read."""


def kind_of(data: bytes) -> str:
    """PDF, PNG, JPEG or TEXT. Refused: it is empty, or something else.

    That a file begins like a PDF does not make it one: what is taken is read and written anew.
    """
    if not data:
        raise Refused("The file is empty")
    for begins, kind in BEGINS.items():
        if data.startswith(begins):
            return kind
    if data[4:12].startswith(PHONE_PICTURE):
        raise Refused("This is a picture in a phone's own format (HEIC). Save or send it as JPEG and add that")
    if is_text(data):
        return TEXT
    for begins, words in NOT_TAKEN.items():
        if data.startswith(begins):
            raise Refused(words)
    raise Refused(f"The file is of a kind that is not taken. {TAKEN}")


def is_text(data: bytes) -> bool:
    """Whether it is UTF-8 without signs that no text has."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return False
    return not any((sign < " " and sign not in "\t\n\r\f") or sign == "\x7f" for sign in set(text))
