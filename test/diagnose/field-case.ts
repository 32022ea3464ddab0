import type { FastifyInstance } from 'fastify';
import type { Test } from 'tap';
import { appOn } from '../helper.js';
import { type Database, databaseFor } from '../support/database.js';
import { execute } from '../support/execute.js';
import { type Diagnosis, diagnoserOn } from './ask.js';

/** A request that fails. */
export interface FailingRequest {
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: unknown;
}

/** A database and settings of PostgREST in which requests fail. */
export interface FieldCase {
  id: string;
  settings?: Record<string, string>;
  /** SQL that runs before PostgREST loads. */
  before: string;
  /** SQL that runs afterwards, without a reload. */
  after?: string;
  requests?: readonly FailingRequest[];
}

/** A case that is set up. */
export interface Field {
  sandbox: Database;
  app: FastifyInstance;
  /** Sends a request to PostgREST. */
  request(failing: FailingRequest): Promise<{ status: number; body: unknown }>;
  /** Diagnoses `error` as the answer to a request. */
  diagnose(failing: FailingRequest, error: unknown): Promise<Diagnosis>;
  /** Diagnoses `error` without the request. */
  diagnoseAlone(error: unknown): Promise<Diagnosis>;
}

/** An API for `anon`, who may do everything with what is created in `public`. */
export const everythingForAnon = `
  grant usage on schema public to anon;
  alter default privileges in schema public grant all on tables to anon;
  alter default privileges in schema public grant all on sequences to anon;`;

/** Sets `field` up: a database of its own with an empty schema `public`, PostgREST on it, and the service. */
export async function setUp(t: Test, { settings = {}, before, after = '', requests = [] }: FieldCase): Promise<Field> {
  const sql = `drop schema public cascade; create schema public; ${before}`;
  const sandbox = await databaseFor(t, { sql, postgrestConfig: settings });
  // What a connection of PostgREST has prepared is of before, too.
  for (const { method, path } of requests) if (method === 'GET') await fetch(`${sandbox.postgrestUrl}${path}`);
  await execute(sandbox.databaseUrl, after);
  const app = await appOn(t, sandbox);
  const diagnose = diagnoserOn(t, app);
  return {
    sandbox,
    app,
    async request({ method, path, headers = {}, body = null }) {
      const answer = await fetch(`${sandbox.postgrestUrl}${path}`, {
        method,
        headers: { ...(body !== null && { 'content-type': 'application/json' }), ...headers },
        ...(body !== null && { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      return { status: answer.status, body: text === '' ? {} : JSON.parse(text) };
    },
    diagnoseAlone: diagnose,
    diagnose: ({ method, path, headers = {} }, error) => {
      const profile = headers['Accept-Profile'] ?? headers['Content-Profile'];
      return diagnose({ error, method, path, ...(profile !== undefined && { profile }) });
    },
  };
}

/** All that a diagnosis says, in one text. */
export function wordsOf({ verdict, explanation, remedy, suggestions = [] }: Diagnosis): string {
  return [verdict, explanation, remedy.action, remedy.sql ?? '', ...suggestions].join('\n');
}
