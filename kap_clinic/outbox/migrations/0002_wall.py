from django.db import migrations

from kap_clinic.wall import walled

# What a message is and to whom does not change; how it went does. What is over stays over, save for a person's retry.
SEAL = """
create function message_guard() returns trigger language plpgsql as $$
begin
    if (new.clinic_id, new.ref, new.key, new.kind, new.channel, new."to", new.facts, new.patient_ref, new.about_ref,
        new.about_version, new.written_at)
        is distinct from (old.clinic_id, old.ref, old.key, old.kind, old.channel, old."to", old.facts,
        old.patient_ref, old.about_ref, old.about_version, old.written_at) then
        raise exception 'a message stays what it is' using errcode = 'check_violation';
    end if;
    if old.state in ('sent', 'void', 'missed') and new.state <> old.state then
        raise exception 'a message that is over stays over' using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger message_guard before update on outbox_message for each row execute function message_guard();
"""
NO_SEAL = "drop trigger message_guard on outbox_message; drop function message_guard();"


class Migration(migrations.Migration):
    dependencies = [("outbox", "0001_messages")]
    operations = [walled("outbox_message"), migrations.RunSQL(SEAL, NO_SEAL)]
