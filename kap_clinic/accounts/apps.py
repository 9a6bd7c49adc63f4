from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class AccountsConfig(AppConfig):
    name = "kap_clinic.accounts"
    label = "accounts"

    def ready(self) -> None:
        autodiscover_modules("setting_keys")  # what each app lets a clinic set
