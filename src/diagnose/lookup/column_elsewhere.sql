-- What has a column $3 that the relation $2 of schema $1 does not have: the relations that a view reads, and functions that
-- compute it from a row.
with relation as (
  select relation.oid, relation.reltype, relation.relkind
  from pg_catalog.pg_class relation
  join pg_catalog.pg_namespace schema on schema.oid = relation.relnamespace
  where schema.nspname = $1::text and relation.relname = $2::text
)
select distinct 'relation' as kind, schema.nspname as schema, base.relname as name
from relation
join pg_catalog.pg_rewrite rule on rule.ev_class = relation.oid and rule.rulename = '_RETURN'
join pg_catalog.pg_depend depend
  on depend.classid = 'pg_rewrite'::regclass and depend.objid = rule.oid and depend.refclassid = 'pg_class'::regclass
join pg_catalog.pg_class base on base.oid = depend.refobjid and base.oid <> relation.oid
join pg_catalog.pg_namespace schema on schema.oid = base.relnamespace
join pg_catalog.pg_attribute attribute
  on attribute.attrelid = base.oid and attribute.attname = $3::text and attribute.attnum > 0 and not attribute.attisdropped
union all
select 'function', schema.nspname, routine.proname
from relation
join pg_catalog.pg_proc routine
  on routine.pronargs = 1 and routine.proargtypes[0] = relation.reltype and routine.proname = $3::text and not routine.proretset
join pg_catalog.pg_namespace schema on schema.oid = routine.pronamespace
limit 5
