from django.db import migrations

from kap_clinic.wall import append_only, walled, walled_by_author

# Written by hand, since what code can switch off proves nothing (SEC-41).
# A note begins as an empty, unsigned draft; a save is the next version; what is signed is the version that was saved.
# Signed, only a co-signature, the asking for one, a paper's number and the striking out are ever added, each once.
# An addendum is added to a signed note of the same patient. A private note's words are of its own version.
SEAL = """
create function note_guard() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        if new.signed_at is not null or new.cosigned_at is not null or new.voided_at is not null or new.version <> 1 then
            raise exception 'a note begins as a draft' using errcode = 'check_violation';
        elsif new.course_id is not null and not exists (
            select from patients_course where id = new.course_id and patient_id = new.patient_id
        ) then
            raise exception 'the course of a note is the patient''s' using errcode = 'check_violation';
        end if;
        return new;
    end if;
    if (new.id, new.ref, new.clinic_id, new.patient_id, new.course_id, new.kind, new.about_ref, new.author_id, new.started_at)
        is distinct from (old.id, old.ref, old.clinic_id, old.patient_id, old.course_id, old.kind, old.about_ref,
        old.author_id, old.started_at) then
        raise exception 'a note stays whose it is' using errcode = 'check_violation';
    elsif old.voided_at is not null then
        raise exception 'what was struck out does not change' using errcode = 'check_violation';
    elsif old.needs_cosign and not new.needs_cosign then
        raise exception 'a co-signature once needed stays needed' using errcode = 'check_violation';
    end if;
    if old.signed_at is not null and (new.title, new.sections, new.version, new.saved_at, new.signed_at, new.signed_by_id,
        new.signed_name, new.signed_role, new.signed_zone, new.signed_identity, new.signed_sha256)
        is distinct from (old.title, old.sections, old.version, old.saved_at, old.signed_at, old.signed_by_id,
        old.signed_name, old.signed_role, old.signed_zone, old.signed_identity, old.signed_sha256) then
        raise exception 'what was signed does not change' using errcode = 'check_violation';
    elsif old.cosigned_at is not null and (new.cosigned_at, new.cosigned_by_id, new.cosigned_name, new.cosigned_role,
        new.cosigned_zone, new.cosigned_identity, new.cosigned_sha256)
        is distinct from (old.cosigned_at, old.cosigned_by_id, old.cosigned_name, old.cosigned_role,
        old.cosigned_zone, old.cosigned_identity, old.cosigned_sha256) then
        raise exception 'what was signed does not change' using errcode = 'check_violation';
    elsif old.signed_at is null and (new.title, new.sections) is distinct from (old.title, old.sections)
        and (new.version <> old.version + 1 or new.signed_at is not null) then
        raise exception 'a changed text is the next version, and is read before it is signed'
            using errcode = 'check_violation';
    elsif new.version not in (old.version, old.version + 1) then
        raise exception 'versions of a note go up by one' using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger note_guard before insert or update on patients_note for each row execute function note_guard();

create function note_addendum_guard() returns trigger language plpgsql as $$
begin
    if not exists (
        select from patients_note where id = new.note_id and patient_id = new.patient_id
        and signed_at is not null and voided_at is null and author_id = new.signed_by_id
    ) then
        raise exception 'an addendum is its author''s, to a signed note' using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger note_addendum_guard before insert on patients_noteaddendum
    for each row execute function note_addendum_guard();

create function process_note_guard() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        if new.signed_at is not null or new.version <> 1 then
            raise exception 'a note begins as a draft' using errcode = 'check_violation';
        elsif new.adds_to_id is not null and not exists (
            select from patients_processnote where id = new.adds_to_id and patient_id = new.patient_id
            and author_id = new.author_id and signed_at is not null and adds_to_id is null
        ) then
            raise exception 'an addendum is its author''s, to a signed note' using errcode = 'check_violation';
        end if;
        return new;
    end if;
    if (new.id, new.ref, new.clinic_id, new.patient_id, new.author_id, new.adds_to_id, new.started_at)
        is distinct from (old.id, old.ref, old.clinic_id, old.patient_id, old.author_id, old.adds_to_id, old.started_at) then
        raise exception 'a note stays whose it is' using errcode = 'check_violation';
    elsif old.signed_at is not null then
        raise exception 'what was signed does not change' using errcode = 'check_violation';
    elsif new.version not in (old.version, old.version + 1) or new.signed_at is not null and new.version <> old.version then
        raise exception 'versions of a note go up by one' using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger process_note_guard before insert or update on patients_processnote
    for each row execute function process_note_guard();

create function process_note_text_guard() returns trigger language plpgsql as $$
begin
    if not exists (
        select from patients_processnote where id = new.note_id and author_id = new.author_id
        and (version = new.version or not new.taken)
    ) then
        raise exception 'words are of the note''s own version' using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger process_note_text_guard before insert on patients_processnotetext
    for each row execute function process_note_text_guard();
"""
UNSEAL = """
drop trigger process_note_text_guard on patients_processnotetext; drop function process_note_text_guard();
drop trigger process_note_guard on patients_processnote; drop function process_note_guard();
drop trigger note_addendum_guard on patients_noteaddendum; drop function note_addendum_guard();
drop trigger note_guard on patients_note; drop function note_guard();
"""
SIGNATURE = "{0}_at, {0}_by_id, {0}_name, {0}_role, {0}_zone, {0}_identity, {0}_sha256"
SIGNED, COSIGNED = SIGNATURE.format("signed"), SIGNATURE.format("cosigned")
NOTE = f"title, sections, version, saved_at, {SIGNED}, needs_cosign, {COSIGNED}, papers, voided_at, voided_by_id, voided_why"
# The database's auditor reads that there are notes and how they stand; drafts are among them, so not what they say.
READ = (
    "id, ref, clinic_id, patient_id, course_id, kind, about_ref, version, author_id, started_at, saved_at,"
    f" {SIGNED}, needs_cosign, {COSIGNED}, papers, voided_at, voided_by_id, voided_why"
)


class Migration(migrations.Migration):
    dependencies = [("patients", "0014_notes")]
    operations = [
        walled("patients_note", "patients_noterevision", "patients_noteaddendum"),
        walled_by_author("patients_processnote", "patients_processnotetext"),
        append_only("patients_noterevision", "patients_noteaddendum", "patients_processnotetext"),
        migrations.RunSQL(
            [
                "revoke update on patients_note, patients_processnote from kap_app",
                f"grant update ({NOTE}) on patients_note to kap_app",
                f"grant update (version, saved_at, {SIGNED}) on patients_processnote to kap_app",
                "revoke select on patients_note, patients_noterevision, patients_processnote, patients_processnotetext"
                " from kap_auditor",
                f"grant select ({READ}) on patients_note to kap_auditor",
            ],
            [
                "grant update on patients_note, patients_processnote to kap_app",
                "grant select on patients_note, patients_noterevision, patients_processnote, patients_processnotetext"
                " to kap_auditor",
            ],
        ),
        migrations.RunSQL(SEAL, UNSEAL),
    ]
