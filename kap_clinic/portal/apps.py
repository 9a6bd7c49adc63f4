import logging

from django.apps import AppConfig

from kap_clinic.portal import quiet


class PortalConfig(AppConfig):
    name = "kap_clinic.portal"
    label = "portal"

    def ready(self) -> None:
        logging.setLogRecordFactory(quiet.without_tokens(logging.getLogRecordFactory()))
