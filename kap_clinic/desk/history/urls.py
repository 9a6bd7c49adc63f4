from django.urls import path

from kap_clinic.desk.history import views

urlpatterns = [
    path("patients/<uuid:ref>/history/", views.history, name="history"),
    path("patients/<uuid:ref>/history/export/", views.export_history, name="history_export"),
    path("audit/", views.own_trail, name="own_trail"),
    path("audit/clinic/", views.clinic_trail, name="clinic_trail"),
    path("audit/clinic/export/", views.export_clinic_trail, name="clinic_trail_export"),
]
