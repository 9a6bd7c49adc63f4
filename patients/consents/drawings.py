"""A drawn signature, read strictly and drawn anew: nothing of what the browser sent survives but numbers. Pure."""

import re
from base64 import b64encode
from collections.abc import Iterator
from xml.etree import ElementTree as Tree

LARGEST = 200_000  # characters
MOST_STROKES = 4_000
NUMBER = r"-?\d{1,5}(?:\.\d{1,20})?"
BOX = re.compile(rf"0 0 ({NUMBER}) ({NUMBER})")
CURVE = re.compile(rf"M {NUMBER},{NUMBER} C {NUMBER},{NUMBER} {NUMBER},{NUMBER} {NUMBER},{NUMBER}")
ONE = re.compile(NUMBER)
SVG = "{http://www.w3.org/2000/svg}"


class NotADrawing(ValueError):
    """The text is no drawn signature; the message says what to do."""


def tidy(svg: str) -> str:
    """The drawing as we keep it, "" for none. NotADrawing: it holds anything but strokes and dots, or none of them."""
    if not svg.strip():
        return ""
    if len(svg) > LARGEST or "<!" in svg or "<?" in svg:
        raise NotADrawing("Draw your name again, or type it.")
    try:
        root = Tree.fromstring(svg)  # noqa: S314  # no document type, no entities: refused above
    except Tree.ParseError:
        raise NotADrawing("Draw your name again, or type it.") from None
    box = BOX.fullmatch(root.get("viewBox", ""))
    marks = list(_marks(root))
    if _name(root) != "svg" or not box or not 0 < len(marks) <= MOST_STROKES:
        raise NotADrawing("Draw your name again, or type it.")
    width, height = box.groups()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
        f' fill="none" stroke="#000" stroke-linecap="round">{"".join(marks)}</svg>'
    )


def _marks(root: Tree.Element) -> Iterator[str]:
    for mark in root:
        name = _name(mark)
        if name == "path" and CURVE.fullmatch(path := mark.get("d", "").strip()):
            yield f'<path d="{path}" stroke-width="{_number(mark, "stroke-width")}"/>'
        elif name == "circle":
            x, y, radius = (_number(mark, key) for key in ("cx", "cy", "r"))
            yield f'<circle cx="{x}" cy="{y}" r="{radius}" fill="#000" stroke="none"/>'
        elif name == "line":
            x1, y1, x2, y2, width = (_number(mark, key) for key in ("x1", "y1", "x2", "y2", "stroke-width"))
            yield f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke-width="{width}"/>'
        else:
            raise NotADrawing("Draw your name again, or type it.")


def _number(mark: Tree.Element, key: str) -> str:
    value = mark.get(key, "")
    if not ONE.fullmatch(value):
        raise NotADrawing("Draw your name again, or type it.")
    return value


def _name(mark: Tree.Element) -> str:
    return str(mark.tag).removeprefix(SVG)


def as_image(svg: str) -> str:
    """The address of a picture of a kept drawing, "" for none."""
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}" if svg else ""
