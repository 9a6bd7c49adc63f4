from django.db import migrations

from kap_clinic.wall import walled

# Whose link it is, its token and who made it stay as written; how far it came is added.
LINK = "tries, checked_at, finished_at, revoked_at, revoked_by_id, revoked_why, asked_again_at"
FORM = "draft, saved_at, sent_at"
# The database's auditor reads what happened, neither what opens doors nor sealed answers.
READ = (
    "id, ref, clinic_id, patient_id, made_at, made_by_id, expires_at, watcher_id, watch_until, tries, checked_at,"
    " finished_at, revoked_at, revoked_by_id, revoked_why, asked_again_at"
)
# One more kind behind the second door: a patient's link. Still one exact hash, answered with clinic and key alone.
DOOR = """
create policy door on patients_patientlink for select to kap_owner using (true);
create or replace function door_by_hash(kind text, hash text) returns table (clinic_id bigint, row_id bigint)
language sql stable security definer set search_path = public, pg_temp as $$
    select i.clinic_id, i.id from accounts_invitation i where kind = 'invitation' and i.token_hash = hash
    union all
    select l.clinic_id, l.id from patients_patientlink l where kind = 'patient' and l.token_hash = hash
$$;
"""
SHUT = """
create or replace function door_by_hash(kind text, hash text) returns table (clinic_id bigint, row_id bigint)
language sql stable security definer set search_path = public, pg_temp as $$
    select i.clinic_id, i.id from accounts_invitation i where kind = 'invitation' and i.token_hash = hash
$$;
drop policy door on patients_patientlink;
"""


class Migration(migrations.Migration):
    dependencies = [("patients", "0010_links"), ("accounts", "0007_what_the_auditor_reads")]
    operations = [
        walled("patients_patientlink", "patients_linkform"),
        migrations.RunSQL(
            [
                "revoke update on patients_patientlink, patients_linkform from kap_app",
                f"grant update ({LINK}) on patients_patientlink to kap_app",
                f"grant update ({FORM}) on patients_linkform to kap_app",
                "revoke select on patients_patientlink, patients_linkform from kap_auditor",
                f"grant select ({READ}) on patients_patientlink to kap_auditor",
            ],
            [
                "grant update on patients_patientlink, patients_linkform to kap_app",
                "grant select on patients_patientlink, patients_linkform to kap_auditor",
            ],
        ),
        migrations.RunSQL(DOOR, SHUT),
    ]
