from django.db import migrations

from kap_clinic.wall import walled

# Who opened what, why and when stays as written; closing and review are added once each.
LATER = "closed_at, reviewed_at, reviewed_by_id, verdict, review_words"


class Migration(migrations.Migration):
    dependencies = [("patients", "0006_break_glass")]
    operations = [
        walled("patients_breakglass"),
        migrations.RunSQL(
            [
                "revoke update on patients_breakglass from kap_app",
                f"grant update ({LATER}) on patients_breakglass to kap_app",
            ],
            ["grant update on patients_breakglass to kap_app"],
        ),
    ]
