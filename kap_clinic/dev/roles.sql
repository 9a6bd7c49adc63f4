-- Who may do what in the database (SEC-08). Run by a superuser inside the clinic's database; safe to run again.
--
--   kap_owner    owns the database and its schema; used by `migrate` and nothing else
--   kap_app      what the web and worker processes connect as: reads, inserts, updates; no DELETE, no DDL
--   kap_auditor  reads, inside one clinic's wall
--   kap_backup   reads everything, for pg_dump
--
-- In production give each a password afterwards: alter role kap_app password '...';
-- The few tables whose rows the application may delete are granted one by one in migrations.

do $$
declare
  name text;
begin
  foreach name in array array['kap_owner', 'kap_app', 'kap_auditor', 'kap_backup'] loop
    if not exists (select from pg_roles where rolname = name) then
      execute format('create role %I', name);
    end if;
  end loop;
end
$$;

alter role kap_owner login nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
alter role kap_app login nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
alter role kap_auditor login nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
alter role kap_backup login nosuperuser nocreatedb nocreaterole noreplication bypassrls;
alter role kap_auditor set default_transaction_read_only = on;
alter role kap_backup set default_transaction_read_only = on;
grant pg_read_all_data to kap_backup;

do $$
begin
  execute format('alter database %I owner to kap_owner', current_database());
  execute format('revoke connect, temporary on database %I from public', current_database());
  execute format('grant connect on database %I to kap_app, kap_auditor, kap_backup', current_database());
end
$$;

alter schema public owner to kap_owner;
revoke all on schema public from public;
grant usage on schema public to kap_app, kap_auditor, kap_backup;

alter default privileges for role kap_owner in schema public grant select, insert, update on tables to kap_app;
alter default privileges for role kap_owner in schema public grant usage, select on sequences to kap_app;
alter default privileges for role kap_owner in schema public grant select on tables to kap_auditor;
