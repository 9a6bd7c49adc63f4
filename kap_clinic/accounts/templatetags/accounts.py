"""Tags of forms that must happen once and whose text must not be lost."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from uuid_utils.compat import uuid7

register = template.Library()


@register.simple_tag
def once() -> SafeString:
    """{% once %}: inside a form; posted twice it happens once (REL-03)."""
    return format_html('<input type="hidden" name="_once" value="{}">', uuid7())


@register.simple_tag
def autosave(key: str, thing: object = "") -> SafeString:
    """{% autosave "note" course.ref %}: inside a form; what is typed is kept on the server (REL-14)."""
    return format_html(
        '<input type="hidden" name="_draft" value="{0}|{1}">'
        '<kap-autosave form="{0}" thing="{1}" role="status"></kap-autosave>',
        key,
        thing,
    )
