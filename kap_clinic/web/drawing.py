"""The parts of a chart that come by the hundred, written without a template node for each."""

from django.utils.html import escape
from django.utils.safestring import SafeString

from kap_clinic.web.charts import MarkBox, Panel, Point


def points(panel: Panel) -> SafeString:
    """Each reading: filled when answered, hollow when estimated."""
    return SafeString("".join(_point(point, panel.radius) for point in panel.points))


def _point(point: Point, radius: float) -> str:
    kind, fill = ("kc-pt hollow", "#ffffff") if point.hollow else ("kc-pt", "#0b5566")
    return (
        f'<circle class="{kind}" cx="{point.x}" cy="{point.y}" r="{radius}" fill="{fill}" stroke="#0b5566"'
        f' stroke-width="2"><title>{escape(point.title)}</title></circle>'
    )


def marks(panel: Panel) -> SafeString:
    """Each numbered event: a dashed line, its number in a circle on top, a dot where the circle would not fit."""
    return SafeString("".join(_mark(mark) for mark in panel.marks))


def _mark(mark: MarkBox) -> str:
    head = f'<circle class="kc-mark-f" cx="{mark.x}" cy="24" r="3" fill="#5a4691"/>'
    if mark.numbered:
        head = (
            f'<circle class="kc-mark-f" cx="{mark.x}" cy="17" r="10" fill="#5a4691"/>'
            f'<text class="kc-mark-t" x="{mark.x}" y="21" text-anchor="middle" fill="#ffffff" font-weight="700">'
            f"{mark.number}</text>"
        )
    return (
        f'<g><title>{escape(mark.title)}</title><path class="kc-mark-l" d="M{mark.x} 28V182" stroke="#5a4691"'
        f' stroke-dasharray="4 3" stroke-width="1.5"/>{head}</g>'
    )


def rows(panel: Panel) -> SafeString:
    """The table behind the drawing, a row for each reading, answered or not."""
    return SafeString(
        "".join(
            f'<tr><th scope="row">{row.on}</th><td class="r">{row.value}</td><td>{escape(row.note)}</td></tr>'
            for row in panel.rows
        )
    )
