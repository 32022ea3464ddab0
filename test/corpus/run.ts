import pg from 'pg';
import { type Case, matters } from './cases.js';
import { mapCases } from './map.js';
import type { CorpusServer } from './server.js';

/** What a case came to in a database with a trigger. */
export interface Outcome {
  case: Case;
  /** How many notifications its DDL sent on the channel `pgrst`. */
  notifications: number;
  warnings: string[];
}

/** The statement that tells the trigger in `database` which schemas PostgREST exposes. */
export type Tell = (database: string, schemas: string) => string;

/** As PostgREST's documentation has it. */
export const tellRoleInDatabase: Tell = (database, schemas) =>
  `alter role authenticator in database ${database} set pgrst.db_schemas = '${schemas}'`;

/**
 * Runs `cases`, each in a copy of `template`, after the statement of `tell`. Throws if a statement failed that should
 * not or the reverse, naming the cases.
 */
export async function runCases(
  server: CorpusServer,
  template: string,
  cases: readonly Case[],
  tell?: Tell,
): Promise<Outcome[]> {
  return mapCases(server, cases, (item) => server.withCopy(template, (url) => runCase(url, item, tell)));
}

/** The ids of the cases that sent nothing though an event trigger could have seen that PostgREST has to be told. */
export function misses(outcomes: Outcome[]): string[] {
  return idsWhere(
    outcomes,
    ({ case: item, notifications }) => matters(item) && item.visibleToEventTriggers && notifications === 0,
  );
}

/** The ids of the cases that sent something though PostgREST need not be told. */
export function needless(outcomes: Outcome[]): string[] {
  return idsWhere(outcomes, ({ case: item, notifications }) => !matters(item) && notifications > 0);
}

/** The warnings that are our trigger's. */
export function ownWarnings(outcomes: Outcome[]): string[] {
  return outcomes.flatMap(({ warnings }) => warnings).filter((warning) => warning.includes('pgrst-ops'));
}

/** Runs the setup of a case on `client`. */
export async function setUp(client: pg.Client, item: Case): Promise<void> {
  for (const sql of item.setup) await client.query(sql);
}

const disableEventTriggers = `do $$
declare
  name name;
begin
  for name in select evtname from pg_event_trigger loop
    execute format('alter event trigger %I disable', name);
  end loop;
end $$`;

/** Runs the DDL of a case on `client`. Throws if a statement fails that should not, or the reverse. */
export async function runDdl(client: pg.Client, item: Case): Promise<void> {
  const statements = item.ddl.map((sql) =>
    sql
      .replaceAll('__DB__', client.database ?? '')
      .replaceAll('__DISABLE_EVENT_TRIGGERS__', () => disableEventTriggers),
  );
  const last = item.expect_error ? statements.pop() : undefined;
  if (item.tx) await client.query('begin');
  for (const sql of statements) await client.query(sql);
  if (last !== undefined && (await succeeds(client, last))) throw new Error(`does not fail: ${last}`);
  if (item.tx) await client.query('commit');
}

async function runCase(databaseUrl: string, item: Case, tell: Tell | undefined): Promise<Outcome> {
  const client = new pg.Client({ connectionString: databaseUrl });
  const listener = new pg.Client({ connectionString: databaseUrl });
  try {
    await Promise.all([client.connect(), listener.connect()]);
    if (tell !== undefined) await client.query(tell(client.database ?? '', item.schemas.join(', ')));
    await setUp(client, item);

    const outcome: Outcome = { case: item, notifications: 0, warnings: [] };
    client.on('notice', ({ severity, message }) => {
      if (severity === 'WARNING') outcome.warnings.push(`${item.id}: ${message}`);
    });
    listener.on('notification', () => outcome.notifications++);
    await listener.query('listen pgrst');
    await runDdl(client, item);
    // What was sent before this is delivered before its answer.
    await listener.query('select 1');
    return outcome;
  } finally {
    await Promise.all([client.end(), listener.end()]);
  }
}

async function succeeds(client: pg.Client, sql: string): Promise<boolean> {
  return client.query(sql).then(
    () => true,
    () => false,
  );
}

function idsWhere(outcomes: Outcome[], holds: (outcome: Outcome) => boolean): string[] {
  return outcomes
    .filter(holds)
    .map(({ case: item }) => item.id)
    .sort();
}
