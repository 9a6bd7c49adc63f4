"""Pictures: drawn anew from their pixels, so that nothing else of the file is left."""

import warnings
from io import BytesIO

from PIL import Image, ImageOps

from patients.outside.files.kinds import JPEG, Refused

MOST_PIXELS = 50_000_000  # SEC-37
QUALITY = 92  # of a JPEG written anew: fine print of a photographed page stays legible
BROKEN = "The picture cannot be read: it may be cut off. Open it, save it again and add that"


def clean(data: bytes, kind: str) -> tuple[bytes, int, list[str]]:
    """The same picture without place, time, camera and remarks, turned as it was taken.

    Refused: more than 50 million pixels, several pictures in one, or it cannot be read to its end.
    """
    if kind != JPEG and b"IEND" not in data:
        raise Refused(BROKEN)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pixels are counted below, and what is hidden is not kept
            picture = Image.open(BytesIO(data), formats=["JPEG"] if kind == JPEG else ["PNG"])
            _look_before_reading(picture, kind)
            picture.load()
            return _drawn_anew(ImageOps.exif_transpose(picture), kind), 1, []
    except Image.DecompressionBombError:
        raise Refused(_too_many()) from None
    except (OSError, ValueError, SyntaxError, EOFError, IndexError) as trouble:
        raise Refused(BROKEN) from trouble


def _look_before_reading(picture: Image.Image, kind: str) -> None:
    width, height = picture.size
    if width * height > MOST_PIXELS:
        raise Refused(_too_many())
    if kind != JPEG and getattr(picture, "n_frames", 1) > 1:
        raise Refused("The picture moves. Save one still of it as PNG and add that")


def _too_many() -> str:
    return f"The picture has more than {MOST_PIXELS // 1_000_000} million pixels. Make it smaller and add that"


def _drawn_anew(picture: Image.Image, kind: str) -> bytes:
    see_through = picture.info.get("transparency")
    picture.info = {} if see_through is None or kind == JPEG else {"transparency": see_through}
    out = BytesIO()
    if kind == JPEG:
        picture = picture if picture.mode in {"L", "RGB"} else picture.convert("RGB")
        picture.save(out, "JPEG", quality=QUALITY, exif=b"", icc_profile=None, comment=b"")
    else:
        picture.save(out, "PNG", compress_level=4, exif=None, icc_profile=None)
    return out.getvalue()
