-- What can be embedded in the relation $2 of schema $1, always of the same schema: the other ends of its foreign keys and
-- of those that lead to it; the relation $3, through a relation whose primary key holds foreign keys to both; and the
-- computed relationship $3.
with origin as (
  select relation.oid, relation.reltype, relation.relnamespace
  from pg_catalog.pg_class relation
  join pg_catalog.pg_namespace schema on schema.oid = relation.relnamespace
  where schema.nspname = $1::text and relation.relname = $2::text
),
foreign_keys as (
  select constraints.oid, constraints.conname, constraints.conrelid, constraints.confrelid, constraints.conkey
  from pg_catalog.pg_constraint constraints
  where constraints.contype = 'f' and constraints.conparentid = 0
)
select embeddable.*
from (
  select
    other.relname as target,
    foreign_keys.conname as hint,
    array(
      select attribute.attname::text
      from pg_catalog.pg_attribute attribute
      where attribute.attrelid = foreign_keys.conrelid and attribute.attnum = any (foreign_keys.conkey)
    ) as columns,
    foreign_keys.conrelid = origin.oid as "isOwn"
  from origin
  join foreign_keys on origin.oid in (foreign_keys.conrelid, foreign_keys.confrelid)
  join pg_catalog.pg_class other
    on other.oid = case when foreign_keys.conrelid = origin.oid then foreign_keys.confrelid else foreign_keys.conrelid end
  where other.relnamespace = origin.relnamespace
  union all
  select target.relname, junction.relname, array[]::text[], false
  from origin
  join foreign_keys here on here.confrelid = origin.oid
  join foreign_keys there on there.conrelid = here.conrelid and there.oid <> here.oid
  join pg_catalog.pg_class junction on junction.oid = here.conrelid
  join pg_catalog.pg_constraint primary_key
    on primary_key.conrelid = junction.oid
    and primary_key.contype = 'p'
    and primary_key.conkey @> here.conkey
    and primary_key.conkey @> there.conkey
  join pg_catalog.pg_class target on target.oid = there.confrelid
  where target.relname = $3::text and target.relnamespace = origin.relnamespace
  union all
  select routine.proname, routine.proname, array[]::text[], false
  from origin
  join pg_catalog.pg_proc routine on routine.proargtypes[0] = origin.reltype and routine.pronargs = 1
  join pg_catalog.pg_class result on result.reltype = routine.prorettype and result.relnamespace = origin.relnamespace
) embeddable
order by $3::text in (target, hint) or $3::text = any (columns) desc
limit 1000
