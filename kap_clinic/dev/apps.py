from django.apps import AppConfig


class DevConfig(AppConfig):
    name = "kap_clinic.dev"
    label = "dev"
