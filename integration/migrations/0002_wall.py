from django.db import migrations

from kap_clinic.wall import append_only, walled

ENDED = "ended_at, ended_by_id, ended_why"


class Migration(migrations.Migration):
    dependencies = [("integration", "0001_after_a_dose")]
    operations = [
        walled(
            "integration_continuation",
            "integration_continuingplan",
            "integration_integrationsession",
            "integration_nextdaycall",
            "integration_practice",
            "integration_practicelook",
        ),
        append_only(
            "integration_continuation",
            "integration_continuingplan",
            "integration_integrationsession",
            "integration_nextdaycall",
            "integration_practicelook",
        ),
        migrations.RunSQL(
            [
                "revoke update on integration_practice from kap_app",
                f"grant update ({ENDED}) on integration_practice to kap_app",
            ],
            ["grant update on integration_practice to kap_app"],
        ),
    ]
