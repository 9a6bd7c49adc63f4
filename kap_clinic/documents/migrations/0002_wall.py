from django.db import migrations

from kap_clinic.wall import walled

# A stored paper is never made again: its file, hash and subject stay as they are.
SEAL = """
create function paper_sealed() returns trigger language plpgsql as $$
begin
    if old.state = 'stored' then
        raise exception 'a stored paper does not change' using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger paper_sealed before update on documents_storeddocument
    for each row execute function paper_sealed();
"""
UNSEAL = "drop trigger paper_sealed on documents_storeddocument; drop function paper_sealed();"


class Migration(migrations.Migration):
    dependencies = [("documents", "0001_initial"), ("accounts", "0002_wall")]
    operations = [walled("documents_storeddocument"), migrations.RunSQL(SEAL, UNSEAL)]
