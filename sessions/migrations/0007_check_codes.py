"""Two more things are written down on the day: what the prescriber saw, and that an integration is waived."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("kap_sessions", "0006_events_sealed")]
    operations = [
        migrations.AlterField(
            model_name="checkanswer",
            name="code",
            field=models.CharField(
                choices=[
                    ("identity", "Identity"),
                    ("changes", "Anything new since the last visit"),
                    ("medicines", "Medicines"),
                    ("asq", "ASQ"),
                    ("fasting", "Food and drink"),
                    ("substances", "Alcohol, cannabis and other substances"),
                    ("escort", "Escort"),
                    ("staff", "Staff"),
                    ("equipment", "Equipment"),
                    ("consent_today", "Consent today"),
                    ("intention", "Intention"),
                    ("conditions", "Conditions of the approval"),
                    ("comfort", "Toilet, jewellery, lenses, dentures"),
                    ("vitals_seen", "Vital signs seen by the prescriber"),
                    ("waiver", "Integration waived"),
                ],
                max_length=16,
            ),
        )
    ]
