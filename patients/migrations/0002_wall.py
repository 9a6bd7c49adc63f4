from django.db import migrations

from kap_clinic.wall import append_only, walled


class Migration(migrations.Migration):
    dependencies = [("patients", "0001_initial"), ("accounts", "0002_wall")]
    operations = [
        walled(
            "patients_patient",
            "patients_recordnumber",
            "patients_careteammember",
            "patients_contact",
            "patients_allergyreview",
            "patients_weight",
            "patients_condition",
            "patients_medicine",
        ),
        append_only("patients_allergyreview", "patients_weight"),
    ]
