"""Addresses of the portal. Only the first of a visit carries a token; no address says what a form is about."""

from django.urls import path, register_converter

from kap_clinic.portal.views import consents, door, measures, visit
from patients.links.tokens import LENGTH


class Token:
    regex = f"[A-Za-z0-9_-]{{{LENGTH}}}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class Page:
    """The number of a page in a form."""

    regex = "[0-9]{1,3}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


register_converter(Token, "token")
register_converter(Page, "page")

app_name = "portal"
urlpatterns = [
    path("", door.door, name="door"),
    path("expired/", door.over, name="over"),
    path("<token:token>/", door.link, name="link"),
    path("a/", visit.asked, name="asked"),
    path("a/help/", visit.help_now, name="help"),
    path("a/later/", visit.later, name="later"),
    path("a/done/", visit.done, name="done"),
    path("a/close/", visit.close, name="close"),
    path("a/copy/<uuid:form>/", consents.copy, name="copy"),
    path("a/consent/<uuid:form>/<page:number>/", consents.page, name="consent"),
    path("a/consent/<uuid:form>/wishes/", consents.wishes, name="wishes"),
    path("a/consent/<uuid:form>/no/", consents.refuse, name="refuse"),
    path("a/<uuid:form>/check/", measures.check, name="check"),
    path("a/<uuid:form>/<page:number>/", measures.question, name="question"),
]
