from django.db import migrations

from kap_clinic.wall import append_only, walled


class Migration(migrations.Migration):
    dependencies = [("screening", "0001_initial"), ("accounts", "0002_wall")]
    operations = [
        walled("screening_screening", "screening_finding", "screening_review", "screening_findingjudgement"),
        append_only("screening_finding", "screening_review", "screening_findingjudgement"),
    ]
