-- The columns of the relations of the schemas $1, described as PostgREST describes them:
-- a domain counts by its base type, built-in types without their length, others with it.
select
  schema.nspname as schema,
  relation.relname as relation,
  attribute.attname as name,
  case
    when type.typtype = 'd' and base_schema.nspname = 'pg_catalog' then pg_catalog.format_type(type.typbasetype, null)
    when type.typtype <> 'd' and type_schema.nspname = 'pg_catalog' then pg_catalog.format_type(type.oid, null)
    else pg_catalog.format_type(attribute.atttypid, attribute.atttypmod)
  end as type,
  not (attribute.attnotnull or type.typtype = 'd' and type.typnotnull) as nullable,
  case
    -- For a column of a domain PostgREST knows the domain's default only.
    when type.typtype = 'd' then pg_catalog.pg_get_expr(type.typdefaultbin, 0)
    -- pg_get_serial_sequence() would need usage on the schema.
    when attribute.attidentity = 'd' then (
      select 'nextval(' || pg_catalog.quote_literal(
        pg_catalog.quote_ident(sequence_schema.nspname) || '.' || pg_catalog.quote_ident(sequence.relname)) || ')'
      from pg_catalog.pg_depend dependency
      join pg_catalog.pg_class sequence on sequence.oid = dependency.objid and sequence.relkind = 'S'
      join pg_catalog.pg_namespace sequence_schema on sequence_schema.oid = sequence.relnamespace
      where dependency.classid = 'pg_catalog.pg_class'::regclass
        and dependency.refclassid = 'pg_catalog.pg_class'::regclass
        and dependency.refobjid = attribute.attrelid
        and dependency.refobjsubid = attribute.attnum
        and dependency.deptype = 'i'
    )
    when attribute.attgenerated = 's' then null
    else pg_catalog.pg_get_expr(fallback.adbin, fallback.adrelid)
  end as "default",
  pg_catalog.col_description(relation.oid, attribute.attnum) as comment
from pg_catalog.pg_attribute attribute
join pg_catalog.pg_class relation on relation.oid = attribute.attrelid
join pg_catalog.pg_namespace schema on schema.oid = relation.relnamespace
join pg_catalog.pg_type type on type.oid = attribute.atttypid
join pg_catalog.pg_namespace type_schema on type_schema.oid = type.typnamespace
left join pg_catalog.pg_type base on base.oid = type.typbasetype
left join pg_catalog.pg_namespace base_schema on base_schema.oid = base.typnamespace
left join pg_catalog.pg_attrdef fallback
  on fallback.adrelid = attribute.attrelid and fallback.adnum = attribute.attnum
where relation.relkind in ('r', 'p', 'v', 'm', 'f')
  and not relation.relispartition
  and attribute.attnum > 0
  and not attribute.attisdropped
  and schema.nspname = any ($1)
order by attribute.attrelid, attribute.attnum
