"""Addresses under /patients/<ref>/consents/. What a patient reads and signs is under /p/a/, in the portal."""

from django.urls import path

from patients.consents.views import overview, preparing, signing

app_name = "consents"
urlpatterns = [
    path("", overview.overview, name="overview"),
    path("new/<slug:kind>/", preparing.draft, name="draft"),
    path("<uuid:consent_ref>/", overview.consent, name="one"),
    path("<uuid:consent_ref>/details/", preparing.change, name="change"),
    path("<uuid:consent_ref>/presentation/", preparing.present, name="present"),
    path("<uuid:consent_ref>/talk/", preparing.talk, name="talk"),
    path("<uuid:consent_ref>/signatures/<uuid:place_ref>/", signing.countersign, name="countersign"),
    path("<uuid:consent_ref>/withdrawal/", signing.withdraw, name="withdraw"),
    path("<uuid:consent_ref>/paper/", signing.print_copy, name="print"),
]
