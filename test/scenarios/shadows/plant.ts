import type pg from 'pg';
import type { Call } from './parse-tree.js';

interface Shadow {
  kind: Call['kind'];
  name: string;
  types: string[];
  result: string;
  isSet: boolean;
}

/**
 * Plants, in each of `schemas`, a function, aggregate or operator of the same name for every call, which takes exactly what
 * the call gives and logs `planted: <name>(<types>)` when it runs; returns these names. Beside them a domain, whose check
 * logs too, for each of PostgreSQL's types, and a table for each of its relations.
 */
export async function plant(client: pg.Client, schemas: readonly string[], calls: readonly Call[]): Promise<string[]> {
  const shadows = await shadowsOf(client, calls);
  const typeNames = await namesOf(
    client,
    `select typname as name from pg_type where typnamespace = 'pg_catalog'::regnamespace
    and typtype = 'b' and typelem = 0 and typname !~ '^_'`,
  );
  const relationNames = await namesOf(
    client,
    `select relname as name from pg_class
    where relnamespace = 'pg_catalog'::regnamespace and relkind in ('r', 'v')`,
  );
  for (const schema of schemas.map(client.escapeIdentifier)) {
    await client.query(`create function ${schema}.step(pg_catalog.text) returns pg_catalog.bool language plpgsql
      as $$ begin raise log 'planted: %', $1; return true; end $$`);
    for (const [index, shadow] of shadows.entries()) await client.query(sqlFor(schema, shadow, `planted_${index}`));
    const domain = (name: string) =>
      `create domain ${schema}.${name} as pg_catalog.text check (${schema}.step('type ' operator(pg_catalog.||) ${client.escapeLiteral(name)}))`;
    const table = (name: string) => `create table ${schema}.${name} (planted pg_catalog.int4)`;
    await client.query([...typeNames.map(domain), ...relationNames.map(table)].join(';\n'));
  }
  return shadows.map(labelOf);
}

async function namesOf(client: pg.Client, sql: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(sql);
  return rows.map(({ name }) => client.escapeIdentifier(name));
}

async function shadowsOf(client: pg.Client, calls: readonly Call[]): Promise<Shadow[]> {
  const { rows } = await client.query<Shadow>(
    `select distinct
       call.kind,
       coalesce(operator.oprname, pg_catalog.quote_ident(routine.proname)) as name,
       array(
         select case type when 'unknown'::regtype then 'text' else pg_catalog.format_type(type, null) end from unnest(call.types) with ordinality as given (type, position)
         order by position
       ) as types,
       pg_catalog.format_type(call.result, null) as result,
       coalesce(routine.proretset, false) as "isSet"
     from jsonb_to_recordset($1) as call (kind text, oid oid, types oid[], result oid)
     left join pg_catalog.pg_operator operator on call.kind = 'operator' and operator.oid = call.oid
     left join pg_catalog.pg_proc routine on call.kind <> 'operator' and routine.oid = call.oid
     -- Nobody can make a function that takes this.
     where not 'void'::regtype = any (call.types)
     order by name`,
    [JSON.stringify(calls)],
  );
  return rows;
}

function labelOf({ name, types }: Shadow): string {
  return `${name}(${types.join(',')})`;
}

/** `own` names the function under an aggregate or operator. */
function sqlFor(schema: string, shadow: Shadow, own: string): string {
  const { kind, name, types, result, isSet } = shadow;
  const takes = types.join(', ');
  const function_ = (named: string, given: string) => `create function ${schema}.${named}(${given}) returns
    ${isSet ? 'setof ' : ''}${result} language plpgsql as $$
    begin raise log 'planted: %', '${labelOf(shadow)}'; return${isSet || result === 'void' ? '' : ' null'}; end $$`;
  if (kind === 'function') return function_(name, takes);
  if (kind === 'aggregate') {
    const { length } = types;
    return `${function_(own, [result, ...types].join(', '))};
      create aggregate ${schema}.${name}(${length === 0 ? '*' : takes}) (sfunc = ${schema}.${own}, stype = ${result})`;
  }
  const [left, right] = types.length === 1 ? [undefined, types[0]] : types;
  const sides = [left && `leftarg = ${left}`, `rightarg = ${right}`].filter(Boolean).join(', ');
  return `${function_(own, takes)}; create operator ${schema}.${name} (${sides}, function = ${schema}.${own})`;
}
