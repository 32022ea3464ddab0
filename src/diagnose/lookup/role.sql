-- Whether the role $1 exists, and which of the login roles $2 may not change to it.
select
  exists (select from pg_catalog.pg_roles where rolname = $1::text) as "exists",
  array(
    select login.rolname::text
    from pg_catalog.pg_roles login
    join pg_catalog.pg_roles wanted on wanted.rolname = $1::text
    where login.rolname = any ($2::text[]) and not pg_has_role(login.oid, wanted.oid, 'member')
  ) as "loginsWithout"
