from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("kap_sessions", "0002_dosing_guard")]
    operations = [
        migrations.AlterField(
            model_name="entry",
            name="kind",
            field=models.CharField(
                choices=[
                    ("effect", "What I see"),
                    ("intervention", "What we did"),
                    ("touch", "Touch"),
                    ("music", "Music"),
                    ("scent", "Scent"),
                    ("movement", "Somatic movement"),
                    ("kap_dr", "KAP-DR"),
                    ("agitation", "Agitation"),
                    ("vomiting", "Vomiting"),
                    ("symptom", "Symptom"),
                    ("help", "Help"),
                    ("rate", "Infusion"),
                    ("words", "Words of the patient"),
                    ("note", "Note"),
                    ("dose_check", "Dose check"),
                    ("struck", "Struck through"),
                ],
                max_length=12,
            ),
        ),
    ]
