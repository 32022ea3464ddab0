-- The relations of the schemas $1, or those of them that are named $3, that PostgREST caches (partitions are served
-- through their parent), and whether the role $2 is shown each of them in the OpenAPI document; null where there is no
-- such role.
with viewer as (
  select (select role.oid from pg_catalog.pg_roles role where role.rolname = $2) as oid
)
select
  relation.oid as id,
  schema.nspname as schema,
  relation.relname as name,
  case relation.relkind
    when 'v' then 'view'
    when 'm' then 'materialized_view'
    when 'f' then 'foreign_table'
    else 'table'
  end as kind,
  -- A bit for each command: 4 updates, 8 inserts, 16 deletes. Tables take all of them, materialized views none.
  case
    when relation.relkind in ('r', 'p') then 28
    when relation.relkind in ('v', 'f') then pg_catalog.pg_relation_is_updatable(relation.oid, true)
    else 0
  end as writes,
  description.description,
  pg_catalog.pg_has_role(viewer.oid, relation.relowner, 'USAGE')
    or pg_catalog.has_table_privilege(
      viewer.oid, relation.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
    or pg_catalog.has_any_column_privilege(viewer.oid, relation.oid, 'SELECT, INSERT, UPDATE, REFERENCES')
    as visible
from pg_catalog.pg_class relation
join pg_catalog.pg_namespace schema on schema.oid = relation.relnamespace
cross join viewer
left join pg_catalog.pg_description description
  on description.classoid = 'pg_catalog.pg_class'::regclass
  and description.objoid = relation.oid
  and description.objsubid = 0
where relation.relkind in ('r', 'p', 'v', 'm', 'f')
  and not relation.relispartition
  and schema.nspname = any ($1)
  and ($3::text is null or relation.relname = $3)
