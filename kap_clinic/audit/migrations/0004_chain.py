from django.db import migrations

from kap_clinic.wall import HERE, walled

# Clinic 0 is nobody's: `as_clinic(0)` reads the events that have no clinic, and nothing else does.
READING = [
    f"create policy nobodys_reads on audit_auditevent for select using (clinic_id is null and {HERE} = 0)",
    "alter table audit_link enable row level security",
    "alter table audit_link force row level security",
    f"create policy clinic_reads on audit_link for select using (clinic_key = {HERE})",
    "create policy chain on audit_link to kap_owner using (true) with check (true)",
    "revoke insert, update, delete, truncate on audit_link from kap_app",
]
NOT_READING = [
    "grant insert, update on audit_link to kap_app",
    "drop policy chain on audit_link",
    "drop policy clinic_reads on audit_link",
    "alter table audit_link no force row level security",
    "alter table audit_link disable row level security",
    "drop policy nobodys_reads on audit_auditevent",
]

# Each event gets its link when its transaction ends, so a long action never holds the clinic's chain. The text that is
# hashed must come out the same in every session: no time zone, no date style, no locale. `chain.py` has its twin.
CLOSING = """
create function audit_close() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    chain bigint := coalesce(new.clinic_id, 0);
    place bigint;
    before text;
    closed timestamptz;
begin
    perform pg_advisory_xact_lock(hashtextextended('audit chain', chain));
    select no + 1, digest into place, before from public.audit_link where clinic_key = chain order by no desc limit 1;
    place := coalesce(place, 1);
    before := coalesce(before, repeat('0', 64));
    closed := clock_timestamp();
    insert into public.audit_link (event_id, clinic_key, no, closed_at, previous, digest) values (
        new.id, chain, place, closed, before,
        encode(sha256(convert_to(jsonb_build_array(
            'kap audit 1', chain, place, before, to_char(closed at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
            new.id, to_char(new.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), new.clinic_id,
            new.actor_id, new.actor, new.role, new.event, new.thing, new.thing_ref, new.patient_ref,
            new.reason, new.outcome, new.facts, new.request_id, new.address, new.session_hash
        )::text, 'UTF8')), 'hex')
    );
    return null;
end $$;
revoke all on function audit_close() from public;
create constraint trigger audit_close after insert on audit_auditevent
    deferrable initially deferred for each row execute function audit_close();

create function audit_stands() returns trigger language plpgsql as $$
begin
    raise exception 'the audit trail is only ever added to' using errcode = 'insufficient_privilege';
end $$;
create trigger audit_stands before update or delete or truncate on audit_auditevent execute function audit_stands();
create trigger audit_stands before update or delete or truncate on audit_link execute function audit_stands();
"""
OPENING = """
drop trigger audit_stands on audit_link;
drop trigger audit_stands on audit_auditevent;
drop function audit_stands();
drop trigger audit_close on audit_auditevent;
drop function audit_close();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_links")]
    operations = [
        walled("audit_alarmwatch", column="clinic_key"),
        migrations.RunSQL(READING, NOT_READING),
        migrations.RunSQL(CLOSING, OPENING),
    ]
