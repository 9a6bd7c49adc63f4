"""What Today says of proposals."""

from django import template
from django.template.context import Context

from kap_clinic.accounts.access import may
from kap_clinic.accounts.permissions import Permission
from kap_clinic.accounts.proposals import selectors

register = template.Library()


@register.inclusion_tag("proposals/_today.html", takes_context=True)
def proposals_for_me(context: Context) -> dict[str, object]:
    """{% load proposals %}{% proposals_for_me %}: what waits for this very person to agree or refuse."""
    member = context["request"].member
    lines = selectors.waiting(member) if may(member, Permission.PROPOSAL_VIEW) else []
    return {"lines": [line for line in lines if line.may_second]}
