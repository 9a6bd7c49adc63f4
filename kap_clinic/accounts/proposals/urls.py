"""Addresses under /settings/proposals/."""

from django.urls import path

from kap_clinic.accounts.proposals import views

app_name = "proposals"
urlpatterns = [
    path("", views.proposals, name="list"),
    path("new/<slug:kind>/", views.propose, name="new"),
    path("<uuid:ref>/", views.proposal, name="one"),
    path("<uuid:ref>/second/", views.second, name="second"),
    path("<uuid:ref>/refusal/", views.refuse, name="refuse"),
]
