from django.db import migrations

from kap_clinic.wall import append_only, walled

# Frozen on submit (SEC-41): written by hand, since what code can switch off proves nothing.
FREEZE = """
create function screening_frozen() returns trigger language plpgsql as $$
begin
    if old.submitted_at is not null and (
        (new.answers, new.medications, new.vitals, new.assessment_date, new.overall, new.missing, new.rules_version,
         new.version, new.patient_id, new.submitted_at, new.submitted_by_id)
        is distinct from
        (old.answers, old.medications, old.vitals, old.assessment_date, old.overall, old.missing, old.rules_version,
         old.version, old.patient_id, old.submitted_at, old.submitted_by_id)
    ) then
        raise exception 'a submitted screening is frozen: make a new version' using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger screening_frozen before update on screening_screening
    for each row execute function screening_frozen();
"""
THAW = "drop trigger screening_frozen on screening_screening; drop function screening_frozen();"
ONLY_ITS_END = """
revoke update on screening_override from kap_app;
grant update (seconded_at, seconded_by_id, lapsed_at, lapsed_why) on screening_override to kap_app;
"""


class Migration(migrations.Migration):
    dependencies = [("screening", "0001_initial"), ("accounts", "0002_wall")]
    operations = [
        walled(
            "screening_screening",
            "screening_finding",
            "screening_override",
            "screening_review",
            "screening_findingjudgement",
        ),
        append_only("screening_finding", "screening_review", "screening_findingjudgement"),
        migrations.RunSQL(ONLY_ITS_END, "grant update on screening_override to kap_app"),
        migrations.RunSQL(FREEZE, THAW),
    ]
