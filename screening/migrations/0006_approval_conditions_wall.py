from django.db import migrations

from kap_clinic.wall import append_only, walled

# Conditions belong to what the prescriber signed: they are written with the review, in its own transaction, or never.
# A review whose transaction has ended is signed and takes no more of them.
WITH_THE_REVIEW = """
create function condition_signed_with_its_review() returns trigger language plpgsql as $$
declare
    made xid8;
begin
    select ((pg_current_xact_id()::text::bigint >> 32 << 32) | xmin::text::bigint)::text::xid8 into made
        from screening_review
        where id = new.review_id and clinic_id = new.clinic_id and decision = 'approve_with_conditions';
    if made is null then
        raise exception 'only an approval with conditions has them' using errcode = 'check_violation';
    elsif pg_xact_status(made) is distinct from 'in progress' then
        raise exception 'a signed review takes no more conditions' using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger condition_signed_with_its_review before insert on screening_approvalcondition
    for each row execute function condition_signed_with_its_review();
"""
AGAIN_FREE = """
drop trigger condition_signed_with_its_review on screening_approvalcondition;
drop function condition_signed_with_its_review();
"""


class Migration(migrations.Migration):
    dependencies = [("screening", "0005_approval_conditions")]
    operations = [
        walled("screening_approvalcondition"),
        append_only("screening_approvalcondition"),
        migrations.RunSQL(WITH_THE_REVIEW, AGAIN_FREE),
    ]
