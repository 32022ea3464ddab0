// Words that PostgreSQL's quote_ident() quotes: pg_get_keywords() of PostgreSQL 17, all but the unreserved ones.
const keywords = new Set(
  `all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean 
both case cast char character check coalesce collate collation column concurrently constraint 
create cross current_catalog current_date current_role current_schema current_time 
current_timestamp current_user dec decimal default deferrable desc distinct do else end except 
exists extract false fetch float for foreign freeze from full grant greatest group grouping having 
ilike in initially inner inout int integer intersect interval into is isnull join json json_array 
json_arrayagg json_exists json_object json_objectagg json_query json_scalar json_serialize 
json_table json_value lateral leading least left like limit localtime localtimestamp merge_action 
national natural nchar none normalize not notnull null nullif numeric offset on only or order out 
outer overlaps overlay placing position precision primary real references returning right row 
select session_user setof similar smallint some substring symmetric system_user table tablesample 
then time timestamp to trailing treat trim true union unique user using values varchar variadic 
verbose when where window with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces 
xmlparse xmlpi xmlroot xmlserialize xmltable`.split(/\s+/),
);

/** `name` as PostgreSQL writes it: in double quotes where it needs them. */
export function quoteIdentifier(name: string): string {
  const plain = /^[a-z_][a-z0-9_]*$/.test(name) && !keywords.has(name);
  return plain ? name : `"${name.replaceAll('"', '""')}"`;
}

/** `schema.relation.column`, each part quoted where it needs it. */
export function qualify(...names: string[]): string {
  return names.map(quoteIdentifier).join('.');
}

/**
 * The names in a dotted identifier, in double quotes or not; what is not quoted is taken as written.
 * Returns undefined where it is no such thing: an empty part, a quote that is not closed.
 */
export function parseIdentifier(text: string): string[] | undefined {
  const names: string[] = [];
  const part = /"((?:[^"]|"")+)"(?:\.|$)|([^".]+)(?:\.|$)/y;
  while (part.lastIndex < text.length) {
    const match = part.exec(text);
    if (match === null) return undefined;
    names.push(match[1]?.replaceAll('""', '"') ?? (match[2] as string));
  }
  return text === '' || text.endsWith('.') ? undefined : names;
}
