"""Addresses under /settings/consents/."""

from django.urls import path

from patients.consents.views import versions

app_name = "consent_texts"
urlpatterns = [
    path("", versions.all_texts, name="all"),
    path("new/<slug:kind>/", versions.write, name="write"),
    path("<uuid:ref>/", versions.text, name="one"),
    path("<uuid:ref>/approval/", versions.approve, name="approve"),
]
