"""Addresses under /patients/<ref>/notes/private/. To all but the author, what is there is not there."""

from django.urls import path

from patients.process_notes import views

app_name = "process_notes"
urlpatterns = [
    path("new/", views.new, name="new"),
    path("<uuid:note_ref>/", views.note, name="one"),
    path("<uuid:note_ref>/text/", views.save, name="save"),
    path("<uuid:note_ref>/signature/", views.sign, name="sign"),
    path("<uuid:note_ref>/addenda/", views.add, name="add"),
]
