import pg from 'pg';
import { otherSearchPath } from './connection.js';

/** What an error of node-postgres means to a caller. */
export interface DatabaseFailure {
  kind: 'unavailable' | 'timeout' | 'insufficient_privilege' | 'standby';
  /** One sentence, without connection string or SQL. */
  detail: string;
}

// SQLSTATE classes and codes, and what they say about the database.
const sqlstates: [RegExp, DatabaseFailure['kind'], string][] = [
  [/^(57014|55P03)$/, 'timeout', 'PostgreSQL took too long'],
  [/^42501$/, 'insufficient_privilege', 'PostgreSQL refuses'],
  [/^25006$/, 'standby', 'PostgreSQL is read-only here'],
  // Connections, resources, shutdown, credentials, a database that is not there.
  [/^(08|53|57|28|3D)/, 'unavailable', 'PostgreSQL does not serve us'],
];
// Sockets, names that do not resolve, TLS: Node's errors have a code. The driver's own have only a text.
const socketCodes = /^E[A-Z_]+$|^(UNABLE|CERT|DEPTH|SELF|ERR_TLS|ERR_SSL)_/;
const driverTexts =
  /timeout exceeded when trying to connect|Query read timeout|[Cc]onnection terminated|not queryable|SASL|SSL/;

/** Tells what `error` says about the database; undefined where it is not about its state, but a defect of ours. */
export function explainDatabaseError(error: unknown): DatabaseFailure | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (error instanceof pg.DatabaseError) {
    const [, kind, meaning] = sqlstates.find(([pattern]) => pattern.test(code)) ?? [];
    return kind && { kind, detail: `${meaning}: ${error.message} (SQLSTATE ${code}).` };
  }
  if (code === otherSearchPath) return { kind: 'unavailable', detail: error.message };
  if (!socketCodes.test(code) && !driverTexts.test(error.message)) return undefined;
  return { kind: 'unavailable', detail: `PostgreSQL cannot be reached: ${error.message || code}.` };
}
