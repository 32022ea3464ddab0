import type { Test } from 'tap';
import { urlOf } from '../corpus/server.js';
import { connect, sandboxFor } from '../helper.js';
import { quoted } from './names.js';
import { allSchemas } from './step.js';

/** Runs `use` on a database with the schemas that steps need and nothing else, which is dropped afterwards. */
export type WithDatabase = (use: (url: string) => Promise<void>) => Promise<void>;

export async function databases(t: Test): Promise<WithDatabase> {
  const { databaseUrl } = await sandboxFor(t);
  const admin = await connect(t, databaseUrl);
  await admin.query('create database empty');
  const empty = await connect(t, urlOf(databaseUrl, 'empty'));
  await empty.query(allSchemas.map((schema) => `create schema if not exists ${quoted(schema)}`).join(';'));
  await empty.end();
  let made = 0;
  return async (use) => {
    const name = `copy_${++made}`;
    await admin.query(`create database ${name} template empty`);
    try {
      await use(urlOf(databaseUrl, name));
    } finally {
      await admin.query(`drop database ${name}`);
    }
  };
}
