from django.urls import path

from kap_clinic.reports import views

app_name = "reports"
urlpatterns = [
    path("", views.reports, name="index"),
    path("outcomes/", views.outcomes, name="outcomes"),
    path("outcomes/file/", views.export, name="export_outcomes"),
    path("operations/", views.operations, name="operations"),
]
