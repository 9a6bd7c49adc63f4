from django.db import migrations

from kap_clinic.wall import walled

# What was said stays as it was said: only the columns that end a row may be written afterwards.
SEALED = {
    "accounts_proposal": "seconded_at, seconded_by_id, refused_at, refused_by_id, refused_why",
    "accounts_readinggrant": "ended_at, ended_by_id",
    "accounts_supervision": "ended_at, ended_by_id",
}


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_rights")]
    operations = [
        walled(*SEALED),
        migrations.RunSQL(
            [
                sql
                for table, columns in SEALED.items()
                for sql in (f"revoke update on {table} from kap_app", f"grant update ({columns}) on {table} to kap_app")
            ],
            [f"grant update on {table} to kap_app" for table in SEALED],
        ),
    ]
