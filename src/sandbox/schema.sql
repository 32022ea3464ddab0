-- The sandbox's database: who may do what, and a small schema worth looking at.
create role authenticator login noinherit password 'authenticator';
create role anon nologin;
grant anon to authenticator;

create table public.organizations (
  id bigint generated always as identity primary key,
  name text not null,
  created_at timestamptz not null default now()
);
comment on table public.organizations is 'Who pays';

create table public.projects (
  id bigint generated always as identity primary key,
  organization_id bigint not null references public.organizations (id) on delete cascade,
  title varchar(80) not null,
  budget numeric(12, 2) not null default 0,
  archived boolean not null default false
);

create view public.active_projects as
  select project.id, project.title, project.organization_id, organization.name as organization
  from public.projects project
  join public.organizations organization on organization.id = project.organization_id
  where not project.archived;

create function public.search_projects(query text) returns setof public.projects
  language sql stable
  as $$ select * from public.projects where title ilike '%' || query || '%' $$;

create function public.organization_budget(organization_id bigint) returns numeric
  language sql stable
  as $$ select coalesce(sum(budget), 0) from public.projects where projects.organization_id = $1 $$;

-- A migration that PostgREST does not hear of, as where the event trigger was lost: adds the next one of
-- created_by, created_by_2, ... to organizations and returns its name.
create function public.migrate_unnoticed() returns text
  language plpgsql security definer set search_path = pg_catalog, pg_temp
  as $$
declare
  event_trigger name;
  number integer;
  new_column text;
begin
  select count(*) + 1 into number
  from pg_attribute
  where attrelid = 'public.organizations'::regclass and attname like 'created\_by%' and not attisdropped;
  new_column := 'created_by' || case when number > 1 then '_' || number else '' end;
  for event_trigger in select evtname from pg_event_trigger where evtenabled <> 'D' loop
    execute format('alter event trigger %I disable', event_trigger);
  end loop;
  execute format('alter table public.organizations add column %I text', new_column);
  for event_trigger in select evtname from pg_event_trigger loop
    execute format('alter event trigger %I enable always', event_trigger);
  end loop;
  return new_column;
end
$$;

insert into public.organizations (name) values ('Acme'), ('Globex');
insert into public.projects (organization_id, title, budget) values (1, 'Rocket skates', 1200), (2, 'Weather machine', 90000);

grant usage on schema public to anon;
grant select, insert, update, delete on all tables in schema public to anon;
-- Tables that come later are served too, as long as postgres creates them.
alter default privileges in schema public grant select, insert, update, delete on tables to anon;
