from django.db import migrations

# The database's auditor reads who did what, not what opens doors: no sessions, secrets, password hashes or sealed text.
DOORS = (
    "django_session",
    "usersessions_usersession",
    "mfa_authenticator",
    "account_emailconfirmation",
    "accounts_attempt",
    "accounts_draft",
    "accounts_heldpost",
    "accounts_invitation",
    "accounts_knowndevice",
    "accounts_idempotencykey",
)
OF_A_USER = "id, ref, email, name, is_active, joined_at, last_login"
# What only migrations write.
OWNERS = ("django_migrations", "django_content_type", "auth_permission", "auth_group", "auth_group_permissions")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_rights_wall"), ("auth", "0012_alter_user_first_name_max_length")]
    operations = [
        migrations.RunSQL(
            [
                *(f"revoke select on {table} from kap_auditor" for table in DOORS),  # noqa: S608  # constants
                "revoke select on accounts_user from kap_auditor",
                f"grant select ({OF_A_USER}) on accounts_user to kap_auditor",
                *(f"revoke insert, update on {table} from kap_app" for table in OWNERS),
            ],
            [
                *(f"grant select on {table} to kap_auditor" for table in (*DOORS, "accounts_user")),
                *(f"grant insert, update on {table} to kap_app" for table in OWNERS),
            ],
        ),
    ]
