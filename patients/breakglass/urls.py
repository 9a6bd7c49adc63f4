"""Addresses under /break-glass/."""

from django.urls import path

from patients.breakglass import views

app_name = "breakglass"
urlpatterns = [
    path("", views.waiting, name="waiting"),
    path("records/<uuid:ref>/", views.open_record, name="open"),
    path("records/<uuid:ref>/close/", views.close, name="close"),
    path("<uuid:ref>/review/", views.review, name="review"),
]
