"""Pictures inside a PDF: the segments that carry place, time and camera are left out, the pixels are not touched."""

START, SCAN, END = 0xD8, 0xDA, 0xD9
REMARKS = {
    0xFE,
    *range(0xE1, 0xEE),
    0xEF,
}  # comment and application segments, but for JFIF (E0) and Adobe's colours (EE)


def without_remarks(data: bytes) -> bytes:
    """The same JPEG without EXIF, XMP and comments. ValueError: it is no JPEG that can be walked through."""
    if data[:2] != b"\xff\xd8":
        raise ValueError("not a JPEG")
    kept, at = [data[:2]], 2
    while True:
        while data[at : at + 2] == b"\xff\xff":
            at += 1
        if len(data) < at + 4 or data[at] != 0xFF:
            raise ValueError("cut off")
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == SCAN:
            return b"".join([*kept, data[at:]])
        if length < 2:
            raise ValueError("a segment without a length")
        if marker not in REMARKS:
            kept.append(data[at : at + 2 + length])
        at += 2 + length
