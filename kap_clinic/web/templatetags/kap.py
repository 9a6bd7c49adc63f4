"""Tags that every template has: files with their fingerprint, icons, chips, and components that hold a body."""

import json
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from django import template
from django.forms import BaseForm, BoundField
from django.template.context import Context
from django.template.loader import render_to_string
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from kap_clinic.web import assets, drawing
from kap_clinic.web.charts import Panel

register = template.Library()

SPRITE = "img/icons.svg"
SYMBOL = re.compile(r'<symbol id="([^"]+)"[^>]*>(.*?)</symbol>', re.DOTALL)
ICON_OF = {
    "ok": "ok",
    "warn": "alert",
    "danger": "stop",
    "info": "info",
    "prep": "person",
    "dose": "drop",
    "integ": "leaf",
    "plain": "info",
}


@register.simple_tag
def css(name: str, media: str = "all") -> SafeString:
    """{% css "css/base.css" %}: a style sheet with its fingerprint."""
    return format_html(
        '<link rel="stylesheet" href="{}" integrity="{}" media="{}">', assets.url(name), assets.integrity(name), media
    )


@register.simple_tag(takes_context=True)
def script(context: Context, name: str, module: bool = True) -> SafeString:
    """{% script "js/kap.js" %}: an ES module (or, with module=False, a deferred script) with nonce and fingerprint."""
    return format_html(
        '<script {} src="{}" integrity="{}" nonce="{}"></script>',
        mark_safe('type="module"' if module else "defer"),  # noqa: S308  # two words of our own
        assets.url(name),
        assets.integrity(name),
        context.get("csp_nonce", ""),
    )


@register.simple_tag(takes_context=True)
def importmap(context: Context) -> SafeString:
    """{% importmap %}: lets modules import each other as "kap/<name>"; goes before the first module."""
    return format_html('<script type="importmap" nonce="{}">{}</script>', context.get("csp_nonce", ""), _modules())


@assets.once
def _modules() -> SafeString:
    names = assets.modules()
    table = {
        "imports": {name: assets.url(file) for name, file in names.items()},
        "integrity": {assets.url(file): assets.integrity(file) for file in names.values()},
    }
    return _json(table)


def _json(data: dict[str, Any]) -> SafeString:
    text = json.dumps(data, separators=(",", ":"))
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return mark_safe(text)  # noqa: S308  # nothing in it can end the script element


@register.simple_tag
def preload_font(name: str) -> SafeString:
    """{% preload_font "npm/..." %}: asks for the type face before the style sheet does, by the very same address."""
    address = assets.url(name).replace("%40", "@")
    return format_html('<link rel="preload" href="{}" as="font" type="font/woff2" crossorigin>', address)


@register.simple_tag
def icon(name: str, label: str = "", css_class: str = "") -> SafeString:
    """{% icon "stop" %}: one line icon of our own set, silent unless a label is given; a word stands beside it."""
    return _icon(str(name), str(label), str(css_class))


@lru_cache(maxsize=1024)
def _icon(name: str, label: str, css_class: str) -> SafeString:
    return format_html(
        '<svg class="i{}" viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor"'
        ' stroke-width="1.9" stroke-linecap="round" stroke-linejoin="round" focusable="false" {}>{}</svg>',
        f" {css_class}" if css_class else "",
        format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"'),
        _drawing(name),
    )


def _drawing(name: str) -> SafeString:
    drawings = icons()
    if name not in drawings:
        raise template.TemplateSyntaxError(f"There is no icon {name!r}. There are: {', '.join(drawings)}.")
    return mark_safe(drawings[name])  # noqa: S308  # from the sprite in our own repository


@lru_cache(maxsize=1)
def icons() -> dict[str, str]:
    """Each icon's name and drawing, from the sprite."""
    return dict(SYMBOL.findall(assets.read(SPRITE).decode()))


@register.simple_tag
def chip(kind: str, text: Any, icon: str = "") -> SafeString:
    """{% chip "warn" "Judge" %}: a state as shape, word and colour: ok warn danger info prep dose integ plain."""
    if kind not in ICON_OF:
        raise template.TemplateSyntaxError(f"There is no chip {kind!r}. There are: {', '.join(ICON_OF)}.")
    drawing = _icon(icon or ICON_OF[kind], "", "")
    return mark_safe(f'<span class="chip {kind}">{drawing}{conditional_escape(text)}</span>')  # noqa: S308  # escaped here


@register.simple_tag
def alert_icon(kind: str, icon: str = "") -> SafeString:
    """The shape that goes with a kind of alert, or the one asked for."""
    return _icon(icon or ICON_OF[kind], "", "")


@register.simple_tag
def chart_points(panel: Panel) -> SafeString:
    return drawing.points(panel)


@register.simple_tag
def chart_marks(panel: Panel) -> SafeString:
    return drawing.marks(panel)


@register.simple_tag
def chart_rows(panel: Panel) -> SafeString:
    return drawing.rows(panel)


@register.simple_tag
def course_steps(course: Iterable[Any]) -> SafeString:
    return drawing.steps(course)


@register.simple_block_tag(takes_context=True)
def card(context: Context, content: str, title: str = "", **arguments: Any) -> SafeString:
    """{% card "Dose ledger" aside=text id="ledger" %}...{% endcard %}; see components/card.html."""
    return _with_body("components/card.html", context, content, title=title, **arguments)


@register.simple_block_tag(takes_context=True)
def dialog(context: Context, content: str, id: str, title: str) -> SafeString:
    """{% dialog "sign" "Sign the note" %}...{% enddialog %}; a button with data-open="sign" opens it."""
    return _with_body("components/dialog.html", context, content, id=id, title=title)


@register.simple_block_tag(takes_context=True)
def patient_banner(context: Context, content: str, who: Any, heading: str = "h1") -> SafeString:
    """{% patient_banner who %}buttons{% endpatient_banner %}; see components/banner.html."""
    return _with_body("components/banner.html", context, content, who=who, heading=heading)


@register.simple_block_tag(takes_context=True)
def empty_state(context: Context, content: str, title: str, icon: str = "info") -> SafeString:
    """{% empty_state "Nothing waiting" icon="ok" %}one sentence, one button{% endempty_state %}."""
    return _with_body("components/empty.html", context, content, title=title, icon=icon)


@register.simple_block_tag(takes_context=True)
def alert(context: Context, content: str, kind: str = "info", title: str = "", icon: str = "") -> SafeString:
    """{% alert "warn" title="Stop line passed" %}text{% endalert %}; see components/alert.html."""
    return _with_body("components/alert.html", context, content, kind=kind, title=title, icon=icon)


def _with_body(name: str, context: Context, content: str, **arguments: Any) -> SafeString:
    return SafeString(render_to_string(name, {"body": content, "csp_nonce": context.get("csp_nonce", ""), **arguments}))


@register.filter
def first_input(field: BoundField) -> str:
    """The id an error links to: the field's input, or the first choice of a group."""
    return f"{field.auto_id}_0" if field.use_fieldset else field.auto_id


@register.filter
def fields_in_error(form: BaseForm) -> list[BoundField]:
    """Fields with something to mend, in the order they are shown."""
    return [field for field in form if field.errors and not field.is_hidden]


@register.filter
def hidden_errors(form: BaseForm) -> list[str]:
    """What is wrong with fields nobody sees; it must not be lost."""
    return [str(error) for field in form.hidden_fields() for error in field.errors]


@register.filter
def is_date(field: BoundField) -> bool:
    return getattr(field.field.widget, "input_type", "") == "date"


@register.filter
def beside(columns: Sequence[Any], cells: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Each cell of a row with its column. ValueError: the row has more or fewer cells than there are columns."""
    return list(zip(columns, cells, strict=True))


@register.filter
def message_kind(level: str) -> str:
    """The kind of notice for the level of a message."""
    return {"success": "ok", "warning": "warn", "error": "danger"}.get(level, "info")
