from django.http import HttpRequest


def clinic(request: HttpRequest) -> dict[str, object]:
    """The clinic and roles of the person at work, for every page."""
    member = getattr(request, "member", None)
    return {"member": member, "demo": bool(member and member.is_demo)}
