import { schemasIn } from '../../model/schema-list.js';
import type { Facts, Setting } from '../facts.js';

/** The settings of roles that say which schemas are exposed, with what they list. PostgREST reads none of the database. */
export function exposingSettings({ surroundings }: Facts): { setting: Setting; schemas: string[] }[] {
  return (surroundings?.settings ?? [])
    .filter(({ name, role }) => name === 'pgrst.db_schemas' && role !== null)
    .map((setting) => ({ setting, schemas: schemasIn(setting.value) }));
}

/** What they list that is no schema. */
export function missingSchemas(facts: Facts): string[] {
  const listed = new Set(exposingSettings(facts).flatMap(({ schemas }) => schemas));
  return [...listed].filter((schema) => !facts.surroundings?.schemas.includes(schema));
}
