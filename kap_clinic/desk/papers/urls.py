"""Addresses of papers. They say nothing about what is printed."""

from django.urls import path

from kap_clinic.desk.papers import views

urlpatterns = [
    path("patients/<uuid:ref>/papers/", views.papers, name="papers"),
    path("papers/<uuid:ref>/", views.paper, name="paper"),
    path("papers/<uuid:ref>/again/", views.again, name="paper_again"),
]
