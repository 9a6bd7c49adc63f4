"""Addresses under /patients/<ref>/events/."""

from django.urls import path

from sessions.events import views

app_name = "events"
urlpatterns = [
    path("", views.overview, name="list"),
    path("new/", views.choose, name="choose"),
    path("new/<slug:code>/", views.new, name="new"),
    path("<uuid:event_ref>/", views.one, name="one"),
    path("<uuid:event_ref>/edit/", views.change, name="change"),
    path("<uuid:event_ref>/signature/", views.sign, name="sign"),
    path("<uuid:event_ref>/additions/", views.add, name="add"),
]
