from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "kap_clinic.desk"
    label = "desk"
