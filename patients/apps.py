from django.apps import AppConfig


class PatientsConfig(AppConfig):
    name = "patients"
    label = "patients"

    def ready(self) -> None:
        from kap_clinic.accounts import rotation
        from patients.process_notes.actions import renew

        rotation.renewed_by("private notes", renew)
