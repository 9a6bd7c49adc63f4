from django.db import migrations

from kap_clinic.wall import append_only, may_delete, walled

# The first of the two doors in the wall: where does this person work? Only the owner's function may look (exit 1).
DOOR = """
create policy door on accounts_membership for select to kap_owner using (true);
create function memberships_of(person bigint)
returns table (clinic_id bigint, clinic_name varchar, zone varchar, is_demo boolean, roles varchar[])
language sql stable security definer set search_path = public, pg_temp as $$
    select m.clinic_id, c.name, c.zone, c.is_demo, m.roles
    from accounts_membership m join accounts_clinic c on c.id = m.clinic_id join accounts_user u on u.id = m.user_id
    where m.user_id = person and m.ended_at is null and u.is_active
    order by m.id
$$;
revoke all on function memberships_of(bigint) from public;
grant execute on function memberships_of(bigint) to kap_app;
"""
SHUT = """
drop function memberships_of(bigint);
drop policy door on accounts_membership;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("sessions", "0001_initial"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("usersessions", "0001_initial"),
    ]
    operations = [
        walled("accounts_membership", "accounts_room", "accounts_clinicsetting", "accounts_idempotencykey"),
        append_only("accounts_clinicsetting", "accounts_idempotencykey"),
        may_delete(
            "django_session",
            "usersessions_usersession",
            "account_emailaddress",
            "account_emailconfirmation",
            "mfa_authenticator",
        ),
        migrations.RunSQL(DOOR, SHUT),
    ]
