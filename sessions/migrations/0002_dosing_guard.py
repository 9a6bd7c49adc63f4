"""Walls, what may never change, and the guards of the dose day. Written by hand, since what code can switch off
proves nothing (SEC-41)."""

from django.db import migrations

from kap_clinic.wall import append_only, walled

WALLED = (
    "kap_sessions_adverseevent",
    "kap_sessions_alert",
    "kap_sessions_appointment",
    "kap_sessions_appointmentmove",
    "kap_sessions_appointmentstaff",
    "kap_sessions_checkanswer",
    "kap_sessions_discharge",
    "kap_sessions_dischargetick",
    "kap_sessions_dose",
    "kap_sessions_doseorder",
    "kap_sessions_dosingmove",
    "kap_sessions_dosingsession",
    "kap_sessions_entry",
    "kap_sessions_eventaddition",
    "kap_sessions_gateoverride",
    "kap_sessions_medicinehold",
    "kap_sessions_preparation",
    "kap_sessions_vitalsigns",
)
WRITTEN_ONCE = (
    "kap_sessions_appointmentmove",
    "kap_sessions_checkanswer",
    "kap_sessions_discharge",
    "kap_sessions_dischargetick",
    "kap_sessions_dose",
    "kap_sessions_dosingmove",
    "kap_sessions_entry",
    "kap_sessions_eventaddition",
    "kap_sessions_gateoverride",
    "kap_sessions_preparation",
    "kap_sessions_vitalsigns",
)

# A visit moves along protocol 3; who is in it has its span and liveness, so that nobody is in two at once (REL-12).
VISITS = """
create function visit_guard() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        if new.state <> 'planned' then
            raise exception 'a visit begins as planned' using errcode = 'check_violation';
        end if;
        return new;
    end if;
    if (new.patient_id, new.clinic_id, new.ref, new.kind, new.booked_by_id, new.booked_at)
        is distinct from (old.patient_id, old.clinic_id, old.ref, old.kind, old.booked_by_id, old.booked_at) then
        raise exception 'a visit stays whose it is' using errcode = 'check_violation';
    end if;
    if new.state <> old.state and (old.state, new.state) not in (
        ('planned', 'in_progress'), ('planned', 'cancelled'), ('planned', 'no_show'),
        ('in_progress', 'completed'), ('in_progress', 'cancelled')
    ) then
        raise exception 'a visit does not go from % to %', old.state, new.state using errcode = 'check_violation';
    end if;
    if new.state <> old.state and (
        select after from kap_sessions_appointmentmove where appointment_id = new.id order by id desc limit 1
    ) is distinct from new.state then
        raise exception 'a visit changes only with a row that says who and why' using errcode = 'check_violation';
    end if;
    if old.state not in ('planned', 'in_progress')
        and (new.starts_at, new.ends_at, new.room_id) is distinct from (old.starts_at, old.ends_at, old.room_id) then
        raise exception 'a visit that is over does not move' using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger visit_guard before insert or update on kap_sessions_appointment
    for each row execute function visit_guard();

create function visit_staff_span() returns trigger language plpgsql as $$
begin
    select starts_at, ends_at, state in ('planned', 'in_progress') into new.starts_at, new.ends_at, new.live
        from kap_sessions_appointment where id = new.appointment_id;
    return new;
end $$;
create trigger visit_staff_span before insert or update on kap_sessions_appointmentstaff
    for each row execute function visit_staff_span();

create function visit_staff_follow() returns trigger language plpgsql as $$
begin
    if (new.starts_at, new.ends_at, new.state) is distinct from (old.starts_at, old.ends_at, old.state) then
        update kap_sessions_appointmentstaff set live = live where appointment_id = new.id;
    end if;
    return null;
end $$;
create trigger visit_staff_follow after update on kap_sessions_appointment
    for each row execute function visit_staff_follow();
"""
NO_VISITS = """
drop trigger visit_staff_follow on kap_sessions_appointment; drop function visit_staff_follow();
drop trigger visit_staff_span on kap_sessions_appointmentstaff; drop function visit_staff_span();
drop trigger visit_guard on kap_sessions_appointment; drop function visit_guard();
"""

# The same rows as sessions.dosing.rules.MOVES; a test compares the two (protocol 3, REL-17).
DOSING = """
create function dosing_may_move(before text, after text) returns boolean language sql immutable as $$
    select (before, after) in (
        ('planned', 'gate_check'),
        ('planned', 'aborted_before_dose'),
        ('gate_check', 'ready'),
        ('gate_check', 'gate_failed'),
        ('gate_check', 'aborted_before_dose'),
        ('ready', 'dosed'),
        ('ready', 'gate_check'),
        ('ready', 'aborted_before_dose'),
        ('dosed', 'monitoring'),
        ('monitoring', 'recovery'),
        ('monitoring', 'stopped_early'),
        ('monitoring', 'transferred'),
        ('monitoring', 'left_against_advice'),
        ('stopped_early', 'recovery'),
        ('stopped_early', 'transferred'),
        ('stopped_early', 'left_against_advice'),
        ('recovery', 'stopped_early'),
        ('recovery', 'transferred'),
        ('recovery', 'left_against_advice'),
        ('recovery', 'discharge_check'),
        ('discharge_check', 'discharged'),
        ('discharge_check', 'recovery'),
        ('discharge_check', 'transferred'),
        ('discharge_check', 'left_against_advice'),
        ('discharged', 'closed'),
        ('left_against_advice', 'closed'),
        ('transferred', 'closed')
    )
$$;

create function dosing_guard() returns trigger language plpgsql as $$
declare last record;
begin
    if tg_op = 'INSERT' then
        if new.state <> 'planned' or new.t0 is not null then
            raise exception 'a dosing session begins as planned' using errcode = 'check_violation';
        end if;
        return new;
    end if;
    if (new.patient_id, new.course_id, new.clinic_id, new.ref, new.appointment_id)
        is distinct from (old.patient_id, old.course_id, old.clinic_id, old.ref, old.appointment_id) then
        raise exception 'a dosing session stays whose it is' using errcode = 'check_violation';
    end if;
    if new.state <> old.state then
        select before, after into last from kap_sessions_dosingmove where dosing_id = new.id order by id desc limit 1;
        if not dosing_may_move(old.state, new.state) then
            raise exception 'a dosing session does not go from % to %', old.state, new.state
                using errcode = 'check_violation';
        elsif (last.before, last.after) is distinct from (old.state::varchar, new.state::varchar) then
            raise exception 'a dosing session moves only with a row that says who and why'
                using errcode = 'check_violation';
        end if;
    end if;
    if old.t0 is not null and (new.t0, new.number, new.order_id) is distinct from (old.t0, old.number, old.order_id)
    then
        raise exception 't0 is set once' using errcode = 'check_violation';
    end if;
    if old.t0 is null and new.t0 is not null and (
        old.state <> 'ready' or new.t0 < old.ready_at or new.t0 > old.ready_at + interval '30 minutes'
    ) then
        raise exception 't0 lies within the half hour after the gate was ready' using errcode = 'check_violation';
    end if;
    if old.signed_at is not null and (new.signed_at, new.signed_by_id, new.record_sha256, new.infusion_ended_at)
        is distinct from (old.signed_at, old.signed_by_id, old.record_sha256, old.infusion_ended_at)
        or old.cosigned_at is not null
        and (new.cosigned_at, new.cosigned_by_id) is distinct from (old.cosigned_at, old.cosigned_by_id) then
        raise exception 'what was signed does not change' using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger dosing_guard before insert or update on kap_sessions_dosingsession
    for each row execute function dosing_guard();

create function dosing_move_guard() returns trigger language plpgsql as $$
declare state_then text;
begin
    if new.before = '' then
        if exists (select from kap_sessions_dosingmove where dosing_id = new.dosing_id) then
            raise exception 'a dosing session is opened once' using errcode = 'check_violation';
        end if;
        return new;
    end if;
    select state into state_then from kap_sessions_dosingsession where id = new.dosing_id;
    if state_then is distinct from new.before or not dosing_may_move(new.before, new.after) then
        raise exception 'a dosing session does not go from % to %', state_then, new.after
            using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger dosing_move_guard before insert on kap_sessions_dosingmove
    for each row execute function dosing_move_guard();

create function dosing_move_done() returns trigger language plpgsql as $$
begin
    if (select state from kap_sessions_dosingsession where id = new.dosing_id) is distinct from
       (select after from kap_sessions_dosingmove where dosing_id = new.dosing_id order by id desc limit 1) then
        raise exception 'a move was written and the dosing session did not move' using errcode = 'check_violation';
    end if;
    return null;
end $$;
create constraint trigger dosing_move_done after insert on kap_sessions_dosingmove
    deferrable initially deferred for each row execute function dosing_move_done();

create function dosing_log_guard() returns trigger language plpgsql as $$
begin
    if new.dosing_id is not null and new.corrects_id is null and exists (
        select from kap_sessions_dosingsession where id = new.dosing_id and signed_at is not null
    ) then
        raise exception 'the record is signed: only a correction can be added' using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger dosing_log_guard before insert on kap_sessions_vitalsigns
    for each row execute function dosing_log_guard();
create trigger dosing_log_guard before insert on kap_sessions_entry
    for each row execute function dosing_log_guard();
create trigger dosing_log_guard before insert on kap_sessions_dose
    for each row execute function dosing_log_guard();

create function dose_guard() returns trigger language plpgsql as $$
declare at record;
begin
    select state, t0 into at from kap_sessions_dosingsession where id = new.dosing_id;
    if new.corrects_id is null and new.kind = 'first' and at.state <> 'ready' then
        raise exception 'a first dose is given when the gate is ready' using errcode = 'check_violation';
    elsif new.corrects_id is null and new.kind = 'booster' and at.state <> 'monitoring' then
        raise exception 'a booster is given while monitoring' using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger dose_guard before insert on kap_sessions_dose for each row execute function dose_guard();
"""
NO_DOSING = """
drop trigger dose_guard on kap_sessions_dose; drop function dose_guard();
drop trigger dosing_log_guard on kap_sessions_dose;
drop trigger dosing_log_guard on kap_sessions_entry;
drop trigger dosing_log_guard on kap_sessions_vitalsigns;
drop function dosing_log_guard();
drop trigger dosing_move_done on kap_sessions_dosingmove; drop function dosing_move_done();
drop trigger dosing_move_guard on kap_sessions_dosingmove; drop function dosing_move_guard();
drop trigger dosing_guard on kap_sessions_dosingsession; drop function dosing_guard();
drop function dosing_may_move(text, text);
"""

# A signed order changes only by its second signature and its end; a signed event not at all; an alert never falls.
SEALS = """
create function order_sealed() returns trigger language plpgsql as $$
declare before_ jsonb; after_ jsonb;
begin
    before_ := to_jsonb(old) - '{state,seconded_at,seconded_by_id,seconded_name,ended_at,ended_by_id,ended_why}'::text[];
    after_ := to_jsonb(new) - '{state,seconded_at,seconded_by_id,seconded_name,ended_at,ended_by_id,ended_why}'::text[];
    if old.signed_at is not null and before_ is distinct from after_
        or old.seconded_at is not null and new.seconded_at is distinct from old.seconded_at
        or old.ended_at is not null and to_jsonb(old) is distinct from to_jsonb(new) then
        raise exception 'a signed order does not change' using errcode = 'check_violation';
    end if;
    if new.state <> old.state and (old.state, new.state) not in (
        ('draft', 'signed'), ('draft', 'waiting'), ('waiting', 'signed'),
        ('draft', 'ended'), ('waiting', 'ended'), ('signed', 'ended')
    ) or new.state in ('waiting', 'signed') and new.signed_at is null then
        raise exception 'an order does not go from % to %', old.state, new.state using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger order_sealed before update on kap_sessions_doseorder for each row execute function order_sealed();

create function order_begins() returns trigger language plpgsql as $$
begin
    if new.state <> 'draft' or new.signed_at is not null then
        raise exception 'an order begins as a draft' using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger order_begins before insert on kap_sessions_doseorder for each row execute function order_begins();

create function adverse_event_sealed() returns trigger language plpgsql as $$
begin
    if old.signed_at is not null then
        raise exception 'a signed event does not change' using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger adverse_event_sealed before update on kap_sessions_adverseevent
    for each row execute function adverse_event_sealed();

create function alert_guard() returns trigger language plpgsql as $$
begin
    if old.closed_at is not null then
        raise exception 'a closed alert does not change' using errcode = 'check_violation';
    elsif new.level < old.level then
        raise exception 'an alert does not fall' using errcode = 'check_violation';
    elsif old.acknowledged_at is not null and new.level = old.level
        and (new.acknowledged_at, new.acknowledged_by_id)
        is distinct from (old.acknowledged_at, old.acknowledged_by_id) then
        raise exception 'an acknowledgement does not change' using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger alert_guard before update on kap_sessions_alert for each row execute function alert_guard();
"""
NO_SEALS = """
drop trigger alert_guard on kap_sessions_alert; drop function alert_guard();
drop trigger adverse_event_sealed on kap_sessions_adverseevent; drop function adverse_event_sealed();
drop trigger order_begins on kap_sessions_doseorder; drop function order_begins();
drop trigger order_sealed on kap_sessions_doseorder; drop function order_sealed();
"""
ENDED = "ended_at, ended_by_id"


class Migration(migrations.Migration):
    dependencies = [("kap_sessions", "0001_visits_to_discharge")]
    operations = [
        walled(*WALLED),
        append_only(*WRITTEN_ONCE),
        migrations.RunSQL(
            [
                "revoke update on kap_sessions_medicinehold from kap_app",
                f"grant update ({ENDED}) on kap_sessions_medicinehold to kap_app",
            ],
            ["grant update on kap_sessions_medicinehold to kap_app"],
        ),
        migrations.RunSQL(VISITS, NO_VISITS),
        migrations.RunSQL(DOSING, NO_DOSING),
        migrations.RunSQL(SEALS, NO_SEALS),
    ]
