from django.db import migrations

from kap_clinic.wall import walled

# A result and a paper stay as written. That they were struck out is added once; a correction is of the same test.
VOID = "voided_at, voided_by_id, voided_why"
# The database's auditor reads that a paper came and its hash, not what stands in it.
READ = (
    "id, ref, clinic_id, patient_id, kind, title, dated, note, file_type, sha256, size, pages, left_out, received_at,"
    " received_by_id, voided_at, voided_by_id, voided_why"
)
SEAL = """
create function outside_struck_out_once() returns trigger language plpgsql as $$
begin
    if old.voided_at is not null then
        raise exception 'what was struck out does not change' using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger lab_struck_out_once before update on patients_labresult
    for each row execute function outside_struck_out_once();
create trigger outside_paper_struck_out_once before update on patients_outsidedocument
    for each row execute function outside_struck_out_once();

create function lab_corrects_its_like() returns trigger language plpgsql as $$
begin
    if new.corrects_id is not null and not exists (
        select from patients_labresult
        where id = new.corrects_id and patient_id = new.patient_id and kind = new.kind
    ) then
        raise exception 'a correction is of the same test of the same patient' using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger lab_corrects_its_like before insert on patients_labresult
    for each row execute function lab_corrects_its_like();
"""
UNSEAL = """
drop trigger lab_corrects_its_like on patients_labresult; drop function lab_corrects_its_like();
drop trigger outside_paper_struck_out_once on patients_outsidedocument;
drop trigger lab_struck_out_once on patients_labresult;
drop function outside_struck_out_once();
"""


class Migration(migrations.Migration):
    dependencies = [("patients", "0012_outside_facts")]
    operations = [
        walled("patients_labresult", "patients_outsidedocument"),
        migrations.RunSQL(
            [
                "revoke update on patients_labresult, patients_outsidedocument from kap_app",
                f"grant update ({VOID}) on patients_labresult to kap_app",
                f"grant update ({VOID}) on patients_outsidedocument to kap_app",
                "revoke select on patients_outsidedocument from kap_auditor",
                f"grant select ({READ}) on patients_outsidedocument to kap_auditor",
            ],
            [
                "grant update on patients_labresult, patients_outsidedocument to kap_app",
                "grant select on patients_outsidedocument to kap_auditor",
            ],
        ),
        migrations.RunSQL(SEAL, UNSEAL),
    ]
