from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "kap_clinic.web"
    label = "web"
