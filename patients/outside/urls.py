"""Addresses under /patients/<ref>/outside/."""

from django.urls import path

from patients.outside import views

app_name = "outside"
urlpatterns = [
    path("", views.outside, name="list"),
    path("labs/new/", views.choose_lab, name="choose_lab"),
    path("labs/new/<slug:kind>/", views.record_lab, name="record_lab"),
    path("labs/<uuid:lab_ref>/correction/", views.correct_lab, name="correct_lab"),
    path("labs/<uuid:lab_ref>/striking/", views.strike_out_lab, name="strike_out_lab"),
    path("documents/new/", views.add_document, name="add_document"),
    path("documents/<uuid:document_ref>/", views.document, name="document"),
    path("documents/<uuid:document_ref>/striking/", views.strike_out_document, name="strike_out_document"),
]
