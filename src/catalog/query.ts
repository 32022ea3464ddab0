import type pg from 'pg';

/** Runs one of our queries and returns its rows. */
export type Query = <Row extends pg.QueryResultRow>(sql: string, ...values: unknown[]) => Promise<Row[]>;

/** On one connection: throws what node-postgres throws. */
export function queryOn(client: pg.ClientBase): Query {
  return async <Row extends pg.QueryResultRow>(sql: string, ...values: unknown[]) => {
    const { rows } = await client.query<Row>(sql, values);
    return rows;
  };
}
