import type { Test } from 'tap';
import { connect, readFixture, sandboxFor } from './helper.js';

/** The PostgREST versions of which captures/ has what they answered before and after a column was added and reloaded. */
export const captureVersions = ['12.2.12', '13.0.8', '14.17', '16.2'];

/** The database that the captures were made on, `captured`, on a server of its own; returns its address. */
export async function capturedDatabase(t: Test): Promise<string> {
  const sandbox = await sandboxFor(t);
  const admin = await connect(t, sandbox.databaseUrl);
  await admin.query('create database captured');
  const url = sandbox.databaseUrl.replace(/postgres$/, 'captured');
  const database = await connect(t, url);
  await database.query(readFixture('captures/fixture.sql').replace('create role authenticator login noinherit;', ''));
  await database.end();
  return url;
}
