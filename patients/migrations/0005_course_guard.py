from django.db import migrations

from kap_clinic.wall import append_only, walled

# The same rows as patients.course.rules.MOVES; a test compares the two (protocol 2, REL-17).
GUARD = """
create function course_may_move(before text, after text) returns boolean language sql immutable as $$
    select (before, after) in (
        ('inquiry', 'intake'),
        ('intake', 'screening_review'),
        ('screening_review', 'intake'),
        ('screening_review', 'enrolled'),
        ('screening_review', 'declined'),
        ('inquiry', 'declined'),
        ('intake', 'declined'),
        ('enrolled', 'preparation'),
        ('preparation', 'dosing_series'),
        ('dosing_series', 'on_hold'),
        ('maintenance', 'on_hold'),
        ('on_hold', 'dosing_series'),
        ('dosing_series', 'closing'),
        ('maintenance', 'closing'),
        ('closing', 'completed'),
        ('closing', 'maintenance'),
        ('enrolled', 'ended_early'),
        ('preparation', 'ended_early'),
        ('dosing_series', 'ended_early'),
        ('on_hold', 'ended_early'),
        ('closing', 'ended_early'),
        ('maintenance', 'ended_early')
    )
$$;

create function course_guard() returns trigger language plpgsql as $$
declare last record;
begin
    if tg_op = 'INSERT' then
        if new.stage <> 'inquiry' then
            raise exception 'a course begins with an inquiry' using errcode = 'check_violation';
        end if;
    elsif new.stage <> old.stage then
        select before, after into last from patients_coursemove where course_id = new.id order by id desc limit 1;
        if not course_may_move(old.stage, new.stage) then
            raise exception 'a course does not go from % to %', old.stage, new.stage using errcode = 'check_violation';
        elsif (last.before, last.after) is distinct from (old.stage::varchar, new.stage::varchar) then
            raise exception 'a course moves only with a row that says who and why' using errcode = 'check_violation';
        end if;
    end if;
    return new;
end $$;
create trigger course_guard before insert or update on patients_course for each row execute function course_guard();

create function course_move_guard() returns trigger language plpgsql as $$
declare stage_then text;
begin
    if new.before = '' then
        if exists (select 1 from patients_coursemove where course_id = new.course_id) then
            raise exception 'a course is opened once' using errcode = 'check_violation';
        end if;
        return new;
    end if;
    select stage into stage_then from patients_course where id = new.course_id;
    if stage_then is distinct from new.before or not course_may_move(new.before, new.after) then
        raise exception 'a course does not go from % to %', stage_then, new.after using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger course_move_guard before insert on patients_coursemove
    for each row execute function course_move_guard();

create function course_move_done() returns trigger language plpgsql as $$
begin
    if (select stage from patients_course where id = new.course_id) is distinct from
       (select after from patients_coursemove where course_id = new.course_id order by id desc limit 1) then
        raise exception 'a move was written and the course did not move' using errcode = 'check_violation';
    end if;
    return null;
end $$;
create constraint trigger course_move_done after insert on patients_coursemove
    deferrable initially deferred for each row execute function course_move_done();
"""
NO_GUARD = """
drop trigger course_move_done on patients_coursemove; drop function course_move_done();
drop trigger course_move_guard on patients_coursemove; drop function course_move_guard();
drop trigger course_guard on patients_course; drop function course_guard();
drop function course_may_move(text, text);
"""


class Migration(migrations.Migration):
    dependencies = [("patients", "0004_course_and_tasks")]
    operations = [
        walled("patients_course", "patients_coursemove", "patients_goal", "patients_task"),
        append_only("patients_coursemove"),
        migrations.RunSQL(GUARD, NO_GUARD),
    ]
