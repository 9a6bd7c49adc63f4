from django.db import migrations

from kap_clinic.wall import append_only, may_delete, walled

# The second of the two doors in the wall: which clinic does this link belong to? It answers with the clinic and the
# row's key for one exact hash, and with nothing else. A later link table adds its own branch by replacing it.
DOOR = """
create policy door on accounts_invitation for select to kap_owner using (true);
create function door_by_hash(kind text, hash text) returns table (clinic_id bigint, row_id bigint)
language sql stable security definer set search_path = public, pg_temp as $$
    select i.clinic_id, i.id from accounts_invitation i where kind = 'invitation' and i.token_hash = hash
$$;
revoke all on function door_by_hash(text, text) from public;
grant execute on function door_by_hash(text, text) to kap_app;
"""
SHUT = """
drop function door_by_hash(text, text);
drop policy door on accounts_invitation;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_sign_in")]
    operations = [
        walled("accounts_draft", "accounts_heldpost", "accounts_invitation"),
        append_only("accounts_draft", "accounts_attempt", "accounts_knowndevice"),
        may_delete("accounts_heldpost", "accounts_attempt"),
        migrations.RunSQL(DOOR, SHUT),
    ]
