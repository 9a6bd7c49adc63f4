from django.db import migrations

from kap_clinic.wall import append_only, walled


class Migration(migrations.Migration):
    dependencies = [("integration", "0003_receipts")]
    operations = [walled("integration_receipt"), append_only("integration_receipt")]
