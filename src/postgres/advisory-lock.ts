import type pg from 'pg';

/** An advisory lock of the database: `kind` says what for, `name` which one. */
export interface Lock {
  kind: string;
  name: string;
}

/** Takes the lock for the session, alone, if nobody has it. Throws what node-postgres throws. */
export async function tryLock(client: pg.ClientBase, { kind, name }: Lock): Promise<boolean> {
  const { rows } = await client.query<{ isOurs: boolean }>(
    'select pg_catalog.pg_try_advisory_lock(pg_catalog.hashtext($1), pg_catalog.hashtext($2)) as "isOurs"',
    [kind, name],
  );
  return rows[0]?.isOurs === true;
}

/** Gives it up. Throws what node-postgres throws. */
export async function unlock(client: pg.ClientBase, { kind, name }: Lock): Promise<void> {
  await client.query('select pg_catalog.pg_advisory_unlock(pg_catalog.hashtext($1), pg_catalog.hashtext($2))', [
    kind,
    name,
  ]);
}
