import type { Facts, Setting } from './facts.js';

/** The settings of roles and database that say which schemas are exposed, with what they list. */
export function exposingSettings({ surroundings }: Facts): { setting: Setting; schemas: string[] }[] {
  return (surroundings?.settings ?? [])
    .filter(({ name }) => name === 'pgrst.db_schemas')
    .map((setting) => ({ setting, schemas: setting.value.split(',').map((schema) => schema.trim()) }));
}

/** What they list that is no schema. */
export function missingSchemas(facts: Facts): string[] {
  const listed = new Set(exposingSettings(facts).flatMap(({ schemas }) => schemas));
  return [...listed].filter((schema) => !facts.surroundings?.schemas.includes(schema));
}
