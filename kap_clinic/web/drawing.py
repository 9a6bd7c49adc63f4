"""The parts of a chart that come by the hundred, written without a template node for each."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

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


def steps(course: Iterable[Any]) -> SafeString:
    """Each step of a course as an item of its list. A step has kind, state, number, name, detail (date or mg), words
    (its state, for those who hear it), url and current."""
    return SafeString("".join(map(_step, course)))


def _step(step: Any) -> str:
    kinds = f"step{' done' if step.state == 'done' else ''}{' now' if step.current else ''}"
    here = (' aria-current="step"' if step.current else "") + ("" if step.url else ' tabindex="-1"')
    inside = (
        f'<span class="node">{_step_mark(step.kind, step.state, step.number)}</span><b>{escape(step.name)}</b>'
        f'<span class="d">{escape(step.detail)}</span><span class="vh">, {escape(step.words)}</span>'
    )
    whole = f'<a href="{escape(step.url)}">{inside}</a>' if step.url else inside
    return f'<li class="{kinds}"{here}>{whole}</li>'


@lru_cache(maxsize=256)
def _step_mark(kind: str, state: str, number: str) -> str:
    """The mark of a step. `kind`: visit dose integ gate; `state`: done next to-come, of a gate passed waiting stopped
    to-come."""
    tick = '<path class="nd-tick{}" d="m16 23.5 5 5 9-10"/>'
    text = (
        f'<text class="nd-t{" on" if kind == "dose" and state == "done" else ""}" x="23" y="28">{escape(number)}</text>'
    )
    if kind == "gate":
        mark = f'<path class="nd {state}" d="M23 4 42 23 23 42 4 23z"/>'
        mark += tick.format(" passed") if state == "passed" else text if number else ""
    elif kind == "dose":
        mark = f'<circle class="nd {"dose" if state == "done" else state}" cx="23" cy="23" r="19"/>{text}'
    else:
        shown = "integ" if state == "done" and kind == "integ" else state
        mark = f'<circle class="nd {shown}" cx="23" cy="23" r="15"/>{tick.format("") if state == "done" else ""}'
    return f'<svg viewBox="0 0 46 46" aria-hidden="true">{mark}</svg>'
