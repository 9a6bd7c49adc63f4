from django.db import migrations

from kap_clinic.wall import append_only, walled

# As 0002, with where derived answers came from and what made the rules run again.
FREEZE = """
create or replace function screening_frozen() returns trigger language plpgsql as $$
begin
    if old.submitted_at is not null and (
        (new.answers, new.medications, new.vitals, new.derived, new.assessment_date, new.overall, new.missing,
         new.rules_version, new.cause, new.version, new.patient_id, new.submitted_at, new.submitted_by_id)
        is distinct from
        (old.answers, old.medications, old.vitals, old.derived, old.assessment_date, old.overall, old.missing,
         old.rules_version, old.cause, old.version, old.patient_id, old.submitted_at, old.submitted_by_id)
    ) then
        raise exception 'a submitted screening is frozen: make a new version' using errcode = 'check_violation';
    end if;
    return new;
end $$;
"""


class Migration(migrations.Migration):
    dependencies = [("screening", "0003_measures")]
    operations = [
        walled("screening_measureresponse"),
        append_only("screening_measureresponse"),
        migrations.RunSQL(FREEZE, migrations.RunSQL.noop),
    ]
