from django.http import HttpRequest

from kap_clinic.accounts.lock import idle


def clinic(request: HttpRequest) -> dict[str, object]:
    """The clinic and roles of the person at work, for every page."""
    member = getattr(request, "member", None)
    if member is None:
        return {"member": None, "demo": False}
    return {"member": member, "demo": member.is_demo, "idle_minutes": idle.shown_minutes(request)}
