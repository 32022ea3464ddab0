-- The columns of the relations of the schemas $1, or of those of them that are named $2, described as PostgREST describes
-- them.
with recursive
  -- Domains over domains, down to what they are made of.
  domain_steps as (
    select type.oid as domain, type.typbasetype as base, 1 as depth
    from pg_catalog.pg_type type
    where type.typtype = 'd'
    union all
    select domain_steps.domain, type.typbasetype, domain_steps.depth + 1
    from domain_steps
    join pg_catalog.pg_type type on type.oid = domain_steps.base and type.typtype = 'd'
  ),
  nested_domains as (
    select distinct on (domain_steps.domain)
      domain_steps.domain,
      root.oid as root,
      root.typname as root_name,
      root.typnamespace = 'pg_catalog'::regnamespace as is_built_in
    from domain_steps
    join pg_catalog.pg_type root on root.oid = domain_steps.base
    where domain_steps.depth > 1
    order by domain_steps.domain, domain_steps.depth desc
  ),
  enums as (
    select enum.enumtypid, pg_catalog.array_agg(enum.enumlabel::text order by enum.enumsortorder) as labels
    from pg_catalog.pg_enum enum
    group by enum.enumtypid
  ),
  -- PostgREST 12 finds labels by the type's name alone, whatever its schema and even if the column's type is no enum.
  enums_by_name as (
    select type.typname as name, pg_catalog.jsonb_agg(enums.labels order by enums.enumtypid) as choices
    from enums
    join pg_catalog.pg_type type on type.oid = enums.enumtypid
    group by type.typname
  )
select
  attribute.attrelid as relation,
  attribute.attnum as number,
  attribute.attname as name,
  -- A domain counts by its base type, built-in types without their length, others with it.
  case
    when nested_domains.is_built_in then pg_catalog.format_type(nested_domains.root, null)
    when type.typtype = 'd' and base_schema.nspname = 'pg_catalog' then pg_catalog.format_type(type.typbasetype, null)
    when type.typtype <> 'd' and type_schema.nspname = 'pg_catalog' then pg_catalog.format_type(type.oid, null)
    else pg_catalog.format_type(attribute.atttypid, attribute.atttypmod)
  end as type,
  -- PostgREST before 13 goes one step, and names a domain over a domain.
  case
    when nested_domains.is_built_in then pg_catalog.format_type(attribute.atttypid, attribute.atttypmod)
  end as "nestedDomain",
  pg_catalog.format_type(attribute.atttypid, attribute.atttypmod) as "nominalType",
  not (attribute.attnotnull or type.typtype = 'd' and type.typnotnull) as nullable,
  case
    when type.typtype = 'd' and fallback.adbin is null then pg_catalog.pg_get_expr(type.typdefaultbin, 0)
    when attribute.attidentity = 'd' then 'nextval(' || pg_catalog.quote_literal(sequence.quoted) || ')'
    when attribute.attgenerated = 's' then null
    else pg_catalog.pg_get_expr(fallback.adbin, fallback.adrelid)
  end as "default",
  -- PostgREST before 12.2.4 knows only the domain's default of a column of a domain.
  type.typtype = 'd' and fallback.adbin is not null as "hidesDomainDefault",
  case when type.typtype = 'd' then pg_catalog.pg_get_expr(type.typdefaultbin, 0) end as "domainDefault",
  -- PostgREST before 13 does not quote the sequence's name.
  case
    when attribute.attidentity = 'd' and type.typtype <> 'd'
      then 'nextval(' || pg_catalog.quote_literal(sequence.unquoted) || ')'
  end as "unquotedDefault",
  case
    when length.typmod = -1 then null
    when length.type in ('bpchar'::regtype, 'varchar'::regtype) then length.typmod - 4
    when length.type in ('bit'::regtype, 'varbit'::regtype) then length.typmod
  end as "maxLength",
  enums.labels as "enumLabels",
  case
    when root_enums.choices is null then enums_by_name.choices
    else coalesce(enums_by_name.choices, '[]') || root_enums.choices
  end as "enumChoices",
  description.description
from pg_catalog.pg_class relation
join pg_catalog.pg_namespace schema on schema.oid = relation.relnamespace
join pg_catalog.pg_attribute attribute on attribute.attrelid = relation.oid
join pg_catalog.pg_type type on type.oid = attribute.atttypid
join pg_catalog.pg_namespace type_schema on type_schema.oid = type.typnamespace
left join nested_domains on nested_domains.domain = type.oid
left join pg_catalog.pg_type base on base.oid = type.typbasetype and type.typtype = 'd'
left join pg_catalog.pg_namespace base_schema on base_schema.oid = base.typnamespace
cross join lateral (
  select
    case when type.typtype = 'd' then type.typbasetype else type.oid end as type,
    case when type.typtype = 'd' then type.typtypmod else attribute.atttypmod end as typmod
) length
-- pg_get_serial_sequence() would need usage on the schema.
left join lateral (
  select
    pg_catalog.quote_ident(schema.nspname) || '.' || pg_catalog.quote_ident(relation.relname) as quoted,
    schema.nspname || '.' || relation.relname as unquoted
  from pg_catalog.pg_depend dependency
  join pg_catalog.pg_class relation on relation.oid = dependency.objid and relation.relkind = 'S'
  join pg_catalog.pg_namespace schema on schema.oid = relation.relnamespace
  where dependency.classid = 'pg_catalog.pg_class'::regclass
    and dependency.refclassid = 'pg_catalog.pg_class'::regclass
    and dependency.refobjid = attribute.attrelid
    and dependency.refobjsubid = attribute.attnum
    and dependency.deptype = 'i'
) sequence on attribute.attidentity = 'd'
left join enums on enums.enumtypid = coalesce(base.oid, type.oid)
left join enums_by_name on enums_by_name.name = coalesce(base.typname, type.typname)
left join enums_by_name root_enums on root_enums.name = nested_domains.root_name
left join pg_catalog.pg_attrdef fallback
  on fallback.adrelid = attribute.attrelid and fallback.adnum = attribute.attnum
left join pg_catalog.pg_description description
  on description.classoid = 'pg_catalog.pg_class'::regclass
  and description.objoid = attribute.attrelid
  and description.objsubid = attribute.attnum
where relation.relkind in ('r', 'p', 'v', 'm', 'f')
  and not relation.relispartition
  and attribute.attnum > 0
  and not attribute.attisdropped
  and schema.nspname = any ($1)
  and ($2::text is null or relation.relname = $2)
order by attribute.attrelid, attribute.attnum
