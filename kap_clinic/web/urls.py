from django.urls import path

from kap_clinic.web import views

app_name = "web"
urlpatterns = [
    path("styles/", views.styles, name="styles"),
    path("styles/<slug:part>/", views.styles, name="styles_part"),
]
