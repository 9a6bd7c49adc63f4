from django.db import migrations

from kap_clinic.wall import append_only, walled

# Written by hand, since what code can switch off proves nothing (SEC-41).
# A text stays as written; approval and replacement are each added once.
# A consent moves along patients.consents.rules.MOVES, and what it says is frozen by its first signature.
# A signature is made on a draft, signed once, and never touched again.
SEAL = """
create function consent_text_sealed() returns trigger language plpgsql as $$
begin
    if old.approved_at is not null and (new.approved_at, new.approved_by_id, new.approved_name, new.approved_role,
        new.approved_zone) is distinct from (old.approved_at, old.approved_by_id, old.approved_name, old.approved_role,
        old.approved_zone) then
        raise exception 'an approval does not change' using errcode = 'check_violation';
    elsif old.superseded_at is not null then
        raise exception 'a replaced text does not change' using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger consent_text_sealed before update on patients_consenttext
    for each row execute function consent_text_sealed();

create function consent_may_move(before text, after text) returns boolean language sql immutable as $$
    select before = after or (before, after) in (
        ('draft', 'presented'),
        ('draft', 'superseded'),
        ('presented', 'signed'),
        ('presented', 'refused'),
        ('presented', 'superseded'),
        ('presented', 'revoked'),
        ('signed', 'superseded'),
        ('signed', 'revoked')
    )
$$;

create function consent_guard() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        if new.state <> 'draft' then
            raise exception 'a consent begins as a draft' using errcode = 'check_violation';
        end if;
        return new;
    end if;
    if not consent_may_move(old.state, new.state) then
        raise exception 'a consent does not go from % to %', old.state, new.state using errcode = 'check_violation';
    end if;
    if new.state = 'signed' and old.state <> 'signed' and (
        not exists (select from patients_consentsignature where consent_id = new.id and meaning = 'consent')
        or exists (select from patients_consentsignature where consent_id = new.id and signed_at is null)
    ) then
        raise exception 'a consent is signed when all have signed' using errcode = 'check_violation';
    end if;
    if (new.patient_id, new.kind, new.course_id, new.clinic_id, new.ref, new.made_at, new.made_by_id)
        is distinct from (old.patient_id, old.kind, old.course_id, old.clinic_id, old.ref, old.made_at, old.made_by_id)
    then
        raise exception 'a consent stays whose it is' using errcode = 'check_violation';
    end if;
    if (old.state not in ('draft', 'presented')
        or exists (select from patients_consentsignature where consent_id = new.id and signed_at is not null))
        and (new.text_id, new.details, new.sections, new.sha256, new.presented_at, new.presented_by_id)
        is distinct from (old.text_id, old.details, old.sections, old.sha256, old.presented_at, old.presented_by_id)
    then
        raise exception 'what was signed does not change' using errcode = 'check_violation';
    end if;
    if old.completed_at is not null and new.completed_at is distinct from old.completed_at
        or old.revoked_at is not null and (new.revoked_at, new.revoked_by_id, new.revoked_way, new.revoked_why)
        is distinct from (old.revoked_at, old.revoked_by_id, old.revoked_way, old.revoked_why)
    then
        raise exception 'what was signed does not change' using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger consent_guard before insert or update on patients_consent
    for each row execute function consent_guard();

create function consent_signature_guard() returns trigger language plpgsql as $$
begin
    if tg_op = 'INSERT' then
        if new.signed_at is not null
            or (select state from patients_consent where id = new.consent_id) is distinct from 'draft' then
            raise exception 'places to sign are made on a draft' using errcode = 'check_violation';
        end if;
        return new;
    end if;
    if old.signed_at is not null then
        raise exception 'a signature does not change' using errcode = 'check_violation';
    elsif (new.consent_id, new.signer, new.user_id, new.patient_id, new.clinic_id, new.ref)
        is distinct from (old.consent_id, old.signer, old.user_id, old.patient_id, old.clinic_id, old.ref) then
        raise exception 'a place to sign stays whose it is' using errcode = 'check_violation';
    elsif new.signed_at is not null
        and (select state from patients_consent where id = new.consent_id) is distinct from 'presented' then
        raise exception 'this consent is not open for signing' using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger consent_signature_guard before insert or update on patients_consentsignature
    for each row execute function consent_signature_guard();
"""
UNSEAL = """
drop trigger consent_signature_guard on patients_consentsignature; drop function consent_signature_guard();
drop trigger consent_guard on patients_consent; drop function consent_guard();
drop function consent_may_move(text, text);
drop trigger consent_text_sealed on patients_consenttext; drop function consent_text_sealed();
"""
LATER = "approved_at, approved_by_id, approved_name, approved_role, approved_zone, superseded_at, superseded_by_id"


class Migration(migrations.Migration):
    dependencies = [("patients", "0008_consents")]
    operations = [
        walled(
            "patients_consenttext",
            "patients_consent",
            "patients_consenttalk",
            "patients_consentanswer",
            "patients_consentsignature",
        ),
        append_only("patients_consenttalk", "patients_consentanswer"),
        migrations.RunSQL(
            [
                "revoke update on patients_consenttext from kap_app",
                f"grant update ({LATER}) on patients_consenttext to kap_app",
            ],
            ["grant update on patients_consenttext to kap_app"],
        ),
        migrations.RunSQL(SEAL, UNSEAL),
    ]
