from django.db import migrations

from kap_clinic.wall import HERE, append_only

FORWARD = [
    "alter table audit_auditevent enable row level security",
    "alter table audit_auditevent force row level security",
    f"create policy clinic_reads on audit_auditevent for select using (clinic_id = {HERE})",
    # A failed sign-in has no clinic yet (security.md, exit 3): such a row can be written and not read back.
    f"create policy clinic_writes on audit_auditevent for insert with check (clinic_id is null or clinic_id = {HERE})",
]
BACK = [
    "drop policy clinic_writes on audit_auditevent",
    "drop policy clinic_reads on audit_auditevent",
    "alter table audit_auditevent disable row level security",
]


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACK), append_only("audit_auditevent")]
