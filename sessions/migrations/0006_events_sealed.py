"""What was so of an event, how far a dose was off, and the seal of events closed all round (SEC-41): an event begins
unsigned, stays whose it is, and changes only with a row that keeps what it said before."""

from django.conf import settings
from django.db import migrations, models

EVENTS = """
create function adverse_event_begins() returns trigger language plpgsql as $$
begin
    if new.signed_at is not null or new.version <> 1 then
        raise exception 'an event begins unsigned' using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger adverse_event_begins before insert on kap_sessions_adverseevent
    for each row execute function adverse_event_begins();

create or replace function adverse_event_sealed() returns trigger language plpgsql as $$
declare
    signing text[] := '{plan,signed_at,signed_by_id,signed_name,signed_role,sha256}';
begin
    if old.signed_at is not null then
        raise exception 'a signed event does not change' using errcode = 'check_violation';
    end if;
    if (new.ref, new.clinic_id, new.patient_id, new.dosing_id, new.is_boundary_concern, new.route, new.reported_at,
        new.reported_by_id, new.role)
        is distinct from (old.ref, old.clinic_id, old.patient_id, old.dosing_id, old.is_boundary_concern, old.route,
        old.reported_at, old.reported_by_id, old.role) then
        raise exception 'an event stays whose it is' using errcode = 'check_violation';
    end if;
    if new.version = old.version then
        if to_jsonb(old) - signing is distinct from to_jsonb(new) - signing or new.signed_at is null then
            raise exception 'an event changes as its next version' using errcode = 'check_violation';
        end if;
    elsif new.version <> old.version + 1 or new.signed_at is not null or (
        select count(*) from kap_sessions_eventaddition where event_id = new.id and was <> '{}'::jsonb
    ) <> old.version then
        raise exception 'an event changes only with a row that keeps what it said' using errcode = 'check_violation';
    end if;
    return new;
end $$;

create function event_addition_of() returns trigger language plpgsql as $$
declare event record;
begin
    select is_boundary_concern, signed_at, patient_id into event
        from kap_sessions_adverseevent where id = new.event_id;
    if new.was = '{}'::jsonb and (event.signed_at is null or new.words = '' or new.sha256 = '')
        or new.was <> '{}'::jsonb and event.signed_at is not null or new.patient_id <> event.patient_id then
        raise exception 'an addition is of a signed event, what it said before of an unsigned one'
            using errcode = 'check_violation';
    end if;
    new.is_boundary_concern := event.is_boundary_concern;
    return new;
end $$;
create trigger event_addition_of before insert on kap_sessions_eventaddition
    for each row execute function event_addition_of();
"""
NO_EVENTS = """
drop trigger event_addition_of on kap_sessions_eventaddition; drop function event_addition_of();
drop trigger adverse_event_begins on kap_sessions_adverseevent; drop function adverse_event_begins();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0007_what_the_auditor_reads'),
        ('kap_sessions', '0005_orders_sealed'),
        ('patients', '0015_notes_sealed'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='adverseevent',
            name='details',
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name='adverseevent',
            name='dose_off_percent',
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='eventaddition',
            name='is_boundary_concern',
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AddField(
            model_name='eventaddition',
            name='sha256',
            field=models.CharField(blank=True, editable=False, max_length=64),
        ),
        migrations.AddConstraint(
            model_name='adverseevent',
            constraint=models.CheckConstraint(condition=models.Q(('signed_at', None), ('serious', False), models.Q(('plan', ''), _negated=True), _connector='OR'), name='serious_event_signed_has_a_plan'),
        ),
        migrations.AddConstraint(
            model_name='adverseevent',
            constraint=models.CheckConstraint(condition=models.Q(('signed_at', None), models.Q(models.Q(('sha256', ''), _negated=True), models.Q(('signed_name', ''), _negated=True)), _connector='OR'), name='adverse_event_signed_whole'),
        ),
        migrations.AddConstraint(
            model_name='adverseevent',
            constraint=models.CheckConstraint(condition=models.Q(('dose_off_percent', None), ('code', 'medication-error'), _connector='OR'), name='only_an_error_is_off'),
        ),
        migrations.AddConstraint(
            model_name='adverseevent',
            constraint=models.CheckConstraint(condition=models.Q(('ended_at', None), ('ended_at__gte', models.F('onset_at')), _connector='OR'), name='adverse_event_ends_after_onset'),
        ),
        migrations.RunSQL(EVENTS, NO_EVENTS),
    ]
