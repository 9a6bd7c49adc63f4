"""Addresses under /sessions/<ref>/record/."""

from django.urls import path

from sessions.record import views

app_name = "record"
urlpatterns = [
    path("", views.page, name="page"),
    path("signature/", views.sign, name="sign"),
    path("co-signature/", views.cosign, name="cosign"),
    path("paper/", views.print_record, name="print"),
]
