from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "kap_clinic.accounts"
    label = "accounts"
