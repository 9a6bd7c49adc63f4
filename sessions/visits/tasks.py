"""What ends by itself: places on care teams that were only for visits. Once a day."""

from celery import shared_task

from kap_clinic.accounts.models import Clinic
from kap_clinic.wall import as_clinic
from sessions.visits import actions


@shared_task(name="sessions.end_cover")
def end_cover() -> None:
    for clinic_id in Clinic.objects.values_list("pk", flat=True):
        with as_clinic(clinic_id):
            actions.end_cover(clinic_id=clinic_id)
