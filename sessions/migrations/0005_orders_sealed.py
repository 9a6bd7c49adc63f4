"""The seal of orders closed all round, and guards of holds and of doses declared from elsewhere (SEC-41)."""

from django.db import migrations

from kap_clinic.wall import walled

# Of a signed order only the second signature and the end are added, each whole and once, each with its state.
ORDERS = """
create or replace function order_sealed() returns trigger language plpgsql as $$
declare
    later text[] := '{state,seconded_at,seconded_by_id,seconded_name,ended_at,ended_by_id,ended_why}';
begin
    if (new.ref, new.clinic_id, new.patient_id, new.course_id, new.drafted_at, new.drafted_by_id)
        is distinct from (old.ref, old.clinic_id, old.patient_id, old.course_id, old.drafted_at, old.drafted_by_id) then
        raise exception 'an order stays whose it is' using errcode = 'check_violation';
    end if;
    if old.state = 'ended' and to_jsonb(old) is distinct from to_jsonb(new)
        or old.signed_at is not null and to_jsonb(old) - later is distinct from to_jsonb(new) - later then
        raise exception 'a signed order does not change' using errcode = 'check_violation';
    end if;
    if new.state <> old.state and (old.state, new.state) not in (
        ('draft', 'signed'), ('draft', 'waiting'), ('waiting', 'signed'),
        ('draft', 'ended'), ('waiting', 'ended'), ('signed', 'ended')
    ) or new.state in ('waiting', 'signed') and (new.signed_at is null or new.sha256 = '' or new.signed_name = '') then
        raise exception 'an order does not go from % to %', old.state, new.state using errcode = 'check_violation';
    end if;
    if (new.seconded_at, new.seconded_by_id, new.seconded_name)
        is distinct from (old.seconded_at, old.seconded_by_id, old.seconded_name)
        and (old.state, new.state) is distinct from ('waiting'::varchar, 'signed'::varchar) then
        raise exception 'a second signature is set once, under an order that waits for it'
            using errcode = 'check_violation';
    end if;
    if (new.ended_at, new.ended_by_id, new.ended_why) is distinct from (old.ended_at, old.ended_by_id, old.ended_why)
        and (old.state = 'ended' or new.state <> 'ended')
        or new.state = 'ended' and (new.ended_at is null or new.ended_why = '') then
        raise exception 'an order ends once, with its reason' using errcode = 'check_violation';
    end if;
    return new;
end $$;

create or replace function order_begins() returns trigger language plpgsql as $$
begin
    if new.state <> 'draft' or new.signed_at is not null or new.seconded_at is not null or new.ended_at is not null then
        raise exception 'an order begins as a draft' using errcode = 'check_violation';
    end if;
    return new;
end $$;
"""
# Ending a decision about a medicine, and striking out doses given elsewhere, happen once.
ONCE = """
create function hold_ends_once() returns trigger language plpgsql as $$
begin
    if old.ended_at is not null then
        raise exception 'a decision ends once' using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger hold_ends_once before update on kap_sessions_medicinehold
    for each row execute function hold_ends_once();

create function outside_doses_struck_once() returns trigger language plpgsql as $$
begin
    if old.voided_at is not null then
        raise exception 'what is struck out stays so' using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger outside_doses_struck_once before update on kap_sessions_outsidedoses
    for each row execute function outside_doses_struck_once();
"""
NOT_ONCE = """
drop trigger outside_doses_struck_once on kap_sessions_outsidedoses; drop function outside_doses_struck_once();
drop trigger hold_ends_once on kap_sessions_medicinehold; drop function hold_ends_once();
"""
VOIDED = "voided_at, voided_by_id, voided_why"


class Migration(migrations.Migration):
    dependencies = [("kap_sessions", "0004_outside_doses")]
    operations = [
        walled("kap_sessions_outsidedoses"),
        migrations.RunSQL(
            [
                "revoke update on kap_sessions_outsidedoses from kap_app",
                f"grant update ({VOIDED}) on kap_sessions_outsidedoses to kap_app",
            ],
            ["grant update on kap_sessions_outsidedoses to kap_app"],
        ),
        migrations.RunSQL(ORDERS, migrations.RunSQL.noop),
        migrations.RunSQL(ONCE, NOT_ONCE),
    ]
