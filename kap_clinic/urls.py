"""Every address. The address belongs to the reader, the module to the layer."""

from django.urls import include, path

urlpatterns = [
    path("account/", include("allauth.urls")),
    path("", include("kap_clinic.desk.urls")),
    path("patients/", include("patients.urls")),
    path("screening/", include("screening.urls")),
]
