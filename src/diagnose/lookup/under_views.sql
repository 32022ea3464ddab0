-- The relations with the OIDs $1, and all that those of them which are views read, with what tells where columns come from.
with recursive reached as (
  select relation.oid
  from pg_catalog.pg_class relation
  where relation.oid = any ($1::oid[])
  union
  select dependency.refobjid
  from reached
  join pg_catalog.pg_rewrite rule on rule.ev_class = reached.oid and rule.rulename = '_RETURN'
  join pg_catalog.pg_depend dependency
    on dependency.classid = 'pg_catalog.pg_rewrite'::regclass
    and dependency.objid = rule.oid
    and dependency.refclassid = 'pg_catalog.pg_class'::regclass
    and dependency.refobjid <> reached.oid
)
select
  relation.oid as id,
  schema.nspname as schema,
  relation.relname as name,
  array(
    select attribute.attname::text
    from pg_catalog.pg_attribute attribute
    where attribute.attrelid = relation.oid and attribute.attnum > 0 and not attribute.attisdropped
    order by attribute.attnum
  ) as columns,
  array(
    select attribute.attnum::int
    from pg_catalog.pg_attribute attribute
    where attribute.attrelid = relation.oid and attribute.attnum > 0 and not attribute.attisdropped
    order by attribute.attnum
  ) as numbers,
  (
    select rule.ev_action::text
    from pg_catalog.pg_rewrite rule
    where rule.ev_class = relation.oid and rule.rulename = '_RETURN'
  ) as definition
from reached
join pg_catalog.pg_class relation on relation.oid = reached.oid
join pg_catalog.pg_namespace schema on schema.oid = relation.relnamespace
where relation.relkind in ('r', 'p', 'v', 'm', 'f')
limit 500
