-- The roles that requests can run as: those among the names $1, and those that the login roles $2 may change to.
select caller.rolname as name
from pg_catalog.pg_roles caller
where caller.rolname = any ($1::text[])
  or caller.oid in (
    select membership.roleid
    from pg_catalog.pg_auth_members membership
    join pg_catalog.pg_roles login on login.oid = membership.member
    where login.rolname = any ($2::text[])
  )
order by array_position($1::text[], caller.rolname::text), caller.rolname
limit 20
