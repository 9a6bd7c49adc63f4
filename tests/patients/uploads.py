"""Files as people, scanners and those who mean harm send them, built on the spot."""

import struct
import zlib
from io import BytesIO

from PIL import Image, PngImagePlugin
from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)

CANARY = "Canary40.7N74.0W"
TEXT = "Dear colleague, thank you for seeing Mr Ames.\n"


def named(**pairs) -> DictionaryObject:
    return DictionaryObject({NameObject(f"/{key}"): value for key, value in pairs.items()})


def name(word: str) -> NameObject:
    return NameObject(f"/{word}")


def text(words: str) -> TextStringObject:
    return TextStringObject(words)


def pdf(pages: int = 1, *, change=None, words: str = "Letter") -> bytes:
    """A PDF that draws some words on each page; `change(writer)` adds to it what the case is about."""
    writer = PdfWriter()
    for _ in range(pages):
        page = writer.add_blank_page(200, 200)
        drawn = DecodedStreamObject()
        drawn.set_data(f"BT /F1 12 Tf 20 100 Td ({words}) Tj ET".encode())
        page[name("Contents")] = writer._add_object(drawn)
        font = named(Type=name("Font"), Subtype=name("Type1"), BaseFont=name("Helvetica"))
        page[name("Resources")] = named(Font=named(F1=font))
    if change:
        change(writer)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def script(writer: PdfWriter) -> None:
    act = named(S=name("JavaScript"), JS=text(f"app.alert('{CANARY}')"))
    writer._root_object[name("OpenAction")] = act
    writer._root_object[name("Names")] = named(
        JavaScript=named(Names=ArrayObject([text("x"), writer._add_object(act)]))
    )
    writer.pages[0][name("AA")] = named(O=act)


def launch(writer: PdfWriter) -> None:
    act = named(S=name("Launch"), F=text(f"{CANARY}.exe"))
    writer._root_object[name("OpenAction")] = act
    mark(writer, "Link", A=act)


def mark(writer: PdfWriter, subtype: str, **more) -> None:
    """A mark on the first page."""
    page = writer.pages[0]
    box = ArrayObject([FloatObject(number) for number in (10, 10, 90, 30)])
    made = named(Type=name("Annot"), Subtype=name(subtype), Rect=box, **more)
    page[name("Annots")] = ArrayObject([*page.get("/Annots", []), writer._add_object(made)])


def drawing(writer: PdfWriter, words: str) -> DictionaryObject:
    """How a mark is drawn."""
    form = DecodedStreamObject()
    form.set_data(f"BT /F1 10 Tf 2 5 Td ({words}) Tj ET".encode())
    box = ArrayObject([NumberObject(number) for number in (0, 0, 80, 20)])
    form.update(named(Type=name("XObject"), Subtype=name("Form"), BBox=box))
    return named(N=writer._add_object(form))


def attachment(writer: PdfWriter) -> None:
    writer.add_attachment("list.txt", CANARY.encode())


def author(writer: PdfWriter) -> None:
    writer.add_metadata({"/Author": CANARY, "/Title": CANARY})
    remarks = DecodedStreamObject()
    remarks.set_data(f"<x:xmpmeta>{CANARY}</x:xmpmeta>".encode())
    writer._root_object[name("Metadata")] = writer._add_object(remarks)
    writer.pages[0][name("PieceInfo")] = named(Maker=named(Private=text(CANARY)))


def photographed(writer: PdfWriter) -> None:
    """A photograph on the page, with the place it was taken at inside it."""
    stream = StreamObject()
    stream._data = jpeg()
    stream.update(
        named(
            Type=name("XObject"),
            Subtype=name("Image"),
            Width=NumberObject(40),
            Height=NumberObject(20),
            ColorSpace=name("DeviceRGB"),
            BitsPerComponent=NumberObject(8),
            Filter=name("DCTDecode"),
        )
    )
    writer.pages[0]["/Resources"][name("XObject")] = named(Im1=writer._add_object(stream))


def locked(writer: PdfWriter) -> None:
    writer.encrypt("secret", algorithm="AES-256")


def bundle(writer: PdfWriter) -> None:
    writer._root_object[name("Collection")] = named(Type=name("Collection"))


def program_form(writer: PdfWriter) -> None:
    writer._root_object[name("NeedsRendering")] = name("true")


def bomb(megabytes: int):
    """A stream that unpacks to so many megabytes of nothing."""

    def change(writer: PdfWriter) -> None:
        stream = StreamObject()
        packer, piece = zlib.compressobj(9), b"\0" * 2**20
        stream._data = b"".join(packer.compress(piece) for _ in range(megabytes)) + packer.flush()
        stream.update(named(Type=name("XObject"), Subtype=name("Form"), Filter=name("FlateDecode")))
        writer.pages[0]["/Resources"][name("XObject")] = named(Fm1=writer._add_object(stream))

    return change


def packed_twice(writer: PdfWriter) -> None:
    stream = StreamObject()
    stream._data = zlib.compress(zlib.compress(b"\0" * 2**20))
    stream.update(named(Filter=ArrayObject([name("FlateDecode"), name("FlateDecode")])))
    writer.pages[0]["/Resources"][name("XObject")] = named(Fm1=writer._add_object(stream))


def jpeg(*, size=(40, 20), turned: int = 0) -> bytes:
    """A photograph with place and camera in it; `turned` is the EXIF orientation."""
    picture = Image.new("RGB", size, "white")
    exif = Image.Exif()
    exif[0x010E], exif[0x0110] = CANARY, CANARY
    if turned:
        exif[0x0112] = turned
    out = BytesIO()
    picture.save(out, "JPEG", exif=exif, comment=CANARY.encode())
    return out.getvalue()


def png(*, size=(40, 20), frames: int = 1) -> bytes:
    remarks = PngImagePlugin.PngInfo()
    remarks.add_text("Comment", CANARY)
    remarks.add_itxt("XML:com.adobe.xmp", CANARY)
    pictures = [Image.new("RGB", size, (shade, 0, 0)) for shade in range(frames)]
    out = BytesIO()
    more = {"save_all": True, "append_images": pictures[1:]} if frames > 1 else {}
    pictures[0].save(out, "PNG", pnginfo=remarks, **more)
    return out.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    """A few bytes that say they are a very large picture."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = zlib.compress(b"\0" * 1000)
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, (b"IHDR", b"IDAT", b"IEND"), (head, body, b"")))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><html><script>alert(1)</script></html>"
ZIP = b"PK\x03\x04" + b"\0" * 60
GIF_AND_SCRIPT = b"GIF89a/*\x00\x00*/=alert(1)//"
