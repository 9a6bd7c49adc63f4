from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "kap_clinic.documents"
    label = "documents"
