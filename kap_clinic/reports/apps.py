from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "kap_clinic.reports"
    label = "reports"
