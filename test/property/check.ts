import fc from 'fast-check';
import pg from 'pg';
import { readCatalog } from '../../src/catalog/catalog.js';
import { type Model, ofSchemas } from '../../src/model/model.js';
import { createPool } from '../../src/postgres/pool.js';
import { decodeSchemaCache } from '../../src/postgrest/schema-cache.js';
import { compareSchemaCache } from '../../src/verify/compare-sources.js';
import { dump } from '../corpus/measure.js';
import { alterations } from './alter.js';
import { creations } from './create.js';
import { createDice, NothingThere, type Throws } from './dice.js';
import { judge } from './judge.js';
import { exposedSchemas, extraSearchPath, type MakeStep, type Step } from './step.js';
import { readWorld } from './world.js';

/** A kind of step and the choices in it. */
export type AnyStep = readonly [kind: string, throws: Throws];

const makers: Record<string, MakeStep> = { ...alterations, ...creations };

/**
 * Makes a schema in the empty database at `url`, then each change, and compares PostgreSQL with what PostgREST loaded
 * before and after each. Throws with the statements that led to a wrong finding or to none where one should be.
 */
export async function checkSchema(url: string, schema: readonly AnyStep[], changes: readonly AnyStep[]): Promise<void> {
  const pool = createPool(url, 1);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`set search_path = ''; set client_min_messages = error`);
    const told: string[] = [];
    for (const step of schema) told.push((await runStep(client, step))?.sql ?? '');
    const fail = (wrong: readonly string[], change: string) => {
      if (wrong.length > 0) throw new Error([...wrong, `after: ${change}`, 'in:', ...told.filter(Boolean)].join('\n'));
    };

    const read = async () => {
      const options = { extraSearchPath, authenticator: 'authenticator' };
      return ofSchemas((await readCatalog(pool, exposedSchemas, options)).model, exposedSchemas);
    };
    let before = await load(url);
    fail(falseAlarms(await read(), before), 'a load');
    for (const change of changes) {
      const step = await runStep(client, change);
      if (step === undefined) continue;
      const [model, after] = [await read(), await load(url)];
      const found = findings(model, before);
      const expected = step.finds === undefined ? found : step.finds;
      const isExpected = [...expected].sort().join('\n') === [...found].sort().join('\n');
      fail(
        [
          ...falseAlarms(model, after),
          ...judge(before, after, found),
          ...(isExpected ? [] : [`expected: ${expected.join(', ')}`, `found: ${found.join(', ')}`]),
        ],
        step.sql,
      );
      told.push(step.sql);
      before = after;
    }
  } finally {
    await client.end();
    await pool.end();
  }
}

/** PostgREST reads views' definitions as texts, and some names keep it from loading: nothing can be compared then. */
async function load(url: string): Promise<string> {
  try {
    return await dump('--dump-schema', url, { schemas: exposedSchemas, extra_search_path: extraSearchPath });
  } catch (error) {
    fc.pre(!/invalid input syntax for type json/.test(String(error)));
    throw error;
  }
}

function falseAlarms(catalog: Model, document: string): string[] {
  const { findings: alarms } = compareSchemaCache(catalog, decodeSchemaCache(document), '12.0.2');
  return alarms.map(({ effect: _, remedy: __, ...finding }) => `false alarm: ${JSON.stringify(finding)}`);
}

function findings(catalog: Model, document: string): string[] {
  return compareSchemaCache(catalog, decodeSchemaCache(document), '12.0.2').findings.map(
    ({ kind, object }) => `${kind} ${object}`,
  );
}

/** Runs a step; returns undefined where PostgreSQL would not have it. */
async function runStep(client: pg.Client, [kind, throws]: AnyStep): Promise<Step | undefined> {
  let step: Step | undefined;
  try {
    step = makers[kind]?.(createDice(throws), await readWorld(client));
    if (step !== undefined) await client.query(step.sql);
    return step;
  } catch (error) {
    if (error instanceof NothingThere) return undefined;
    const isRefused = error instanceof pg.DatabaseError && !error.message.startsWith('syntax error');
    if (isRefused && step !== undefined) return undefined;
    throw new Error(`${error}: ${step?.sql}`);
  }
}
