-- The definitions of the views of the schemas $1, and with $2 those of all other schemas, as PostgreSQL keeps them: they
-- tell where each column comes from. PostgREST reads those of other rules than a view's own, too.
select
  view.oid as id,
  schema.nspname = any ($1) as "isSearched",
  rule.ev_action::text as definition
from pg_catalog.pg_class view
join pg_catalog.pg_namespace schema on schema.oid = view.relnamespace
join pg_catalog.pg_rewrite rule on rule.ev_class = view.oid
where view.relkind in ('v', 'm')
  and (schema.nspname = any ($1) or $2 and schema.nspname not in ('pg_catalog', 'information_schema'))
order by view.oid
