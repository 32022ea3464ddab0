import { readFileSync } from 'node:fs';
import pg from 'pg';

/** One version of the trigger's migration, as psql or `supabase migration` would run it. */
export interface Migration {
  version: number;
  up: string;
  down: string;
  /** The function's body in `up`, as PostgreSQL keeps it in `pg_proc.prosrc`. */
  functionBody: string;
}

/** The names that callers know, and the schema that keeps the function out of PostgREST's sight. */
export const names = {
  schema: 'pgrst_ops',
  function: 'notify_pgrst_schema_change',
  onChange: 'notify_pgrst_on_schema_change',
  onDrop: 'notify_pgrst_on_schema_drop',
} as const;

/** The migration of this version of the service. Each is complete: it replaces whichever is installed. */
export const migration: Migration = readMigration(2);

/** Those of earlier versions, to tell what is installed. */
export const earlierMigrations: readonly Migration[] = [readMigration(1)];

/** The SQL that enables or disables `eventTriggers`. */
export function alterSql(action: 'enable always' | 'disable', eventTriggers: readonly string[]): string {
  return eventTriggers.map((name) => `alter event trigger ${pg.escapeIdentifier(name)} ${action};\n`).join('');
}

function readMigration(version: number): Migration {
  const read = (direction: 'up' | 'down') => {
    const file = `${String(version).padStart(4, '0')}_notify_pgrst_schema_change.${direction}.sql`;
    return readFileSync(new URL(`../../migrations/${file}`, import.meta.url), 'utf8');
  };
  const up = read('up');
  const functionBody = /\$function\$(.*)\$function\$/s.exec(up)?.[1];
  if (functionBody === undefined) throw new Error(`Migration ${version} has no function body between $function$.`);
  return { version, up, down: read('down'), functionBody };
}
