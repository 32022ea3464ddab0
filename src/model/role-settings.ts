import pg from 'pg';
import { quoteIdentifier } from './identifier.js';

/** One setting that `alter role` or `alter database` has set, as pg_db_role_setting holds it. */
export interface RoleSetting {
  /** Null for every role. */
  role: string | null;
  /** For this database alone, or for all. */
  inDatabase: boolean;
  name: string;
  value: string;
}

/**
 * The values of `name` that a session of `role` in this database finds, the one that wins first. PostgreSQL's order:
 * role in this database, role, this database, all roles.
 */
export function settingsFor(settings: readonly RoleSetting[], name: string, role: string | null): RoleSetting[] {
  const rank = (setting: RoleSetting) => (setting.role === null ? 2 : 0) + (setting.inDatabase ? 0 : 1);
  return settings
    .filter((setting) => setting.name === name && (setting.role === role || setting.role === null))
    .sort((a, b) => rank(a) - rank(b));
}

/**
 * The value of `name` that a PostgREST reads which connects as `role`, and where it stands; undefined where it reads
 * none. It looks at the settings of its role alone: what is set for the database or for all roles reaches it only
 * through `db-pre-config`, and is overridden by these (12.0.2, measured; 12.2 to 16 by their source).
 */
export function settingOfPostgrest(
  settings: readonly RoleSetting[],
  name: string,
  role: string,
): RoleSetting | undefined {
  return settingsFor(settings, name, role).find((setting) => setting.role !== null);
}

/** What overrides `setting` for sessions of its own role in this database; undefined where it wins. */
export function overriderOf(settings: readonly RoleSetting[], setting: RoleSetting): RoleSetting | undefined {
  const [winner] = settingsFor(settings, setting.name, setting.role);
  return winner === setting ? undefined : winner;
}

/** The place of a setting as it follows ALTER: `role app in database "d"`. */
export function placeOf({ role, inDatabase }: Pick<RoleSetting, 'role' | 'inDatabase'>, database: string): string {
  const thisDatabase = `database ${pg.escapeIdentifier(database)}`;
  if (role === null) return inDatabase ? thisDatabase : 'role all';
  return `role ${quoteIdentifier(role)}${inDatabase ? ` in ${thisDatabase}` : ''}`;
}

/** SQL that gives `setting` another value where it stands; `values` make up a list. */
export function setSql(
  setting: Pick<RoleSetting, 'role' | 'inDatabase' | 'name'>,
  database: string,
  values: readonly string[],
): string {
  return `alter ${placeOf(setting, database)} set ${setting.name} = ${pg.escapeLiteral(values.join(', '))}`;
}

/** SQL that takes `setting` away where it stands. */
export function resetSql(setting: Pick<RoleSetting, 'role' | 'inDatabase' | 'name'>, database: string): string {
  return `alter ${placeOf(setting, database)} reset ${setting.name.split('.').map(quoteIdentifier).join('.')}`;
}
