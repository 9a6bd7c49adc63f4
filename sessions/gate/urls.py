"""Addresses under /sessions/<ref>/check/."""

from django.urls import path

from sessions.gate import views

app_name = "gate"
urlpatterns = [
    path("", views.check, name="check"),
    path("answers/<slug:code>/", views.answer, name="answer"),
    path("baseline/", views.baseline, name="baseline"),
    path("overrides/<slug:item>/", views.override, name="override"),
    path("ready/", views.ready, name="ready"),
    path("not-today/", views.failed, name="failed"),
    path("sheet/", views.day_sheet, name="day_sheet"),
]
