"""Addresses under /patients/<ref>/notes/."""

from django.urls import path

from patients.notes.views import reading, signing, writing

app_name = "notes"
urlpatterns = [
    path("", reading.notes, name="all"),
    path("new/", writing.new, name="new"),
    path("<uuid:note_ref>/", reading.note, name="one"),
    path("<uuid:note_ref>/text/", writing.save, name="save"),
    path("<uuid:note_ref>/signature/", signing.sign, name="sign"),
    path("<uuid:note_ref>/cosignature/", signing.cosign, name="cosign"),
    path("<uuid:note_ref>/addenda/", signing.add, name="add"),
    path("<uuid:note_ref>/striking/", writing.strike_out, name="strike_out"),
    path("<uuid:note_ref>/paper/", signing.print_copy, name="print"),
]
