import { schemasIn } from '../../model/schema-list.js';
import type { Facts, Setting } from '../facts.js';

/** A setting of a role that says which schemas are exposed, with what it lists. */
export interface ExposingSetting {
  setting: Setting;
  schemas: string[];
}

/** All of them. PostgREST reads none of the database without a role. */
export function exposingSettings({ surroundings }: Facts): ExposingSetting[] {
  return (surroundings?.settings ?? [])
    .filter(({ name, role }) => name === 'pgrst.db_schemas' && role !== null)
    .map((setting) => ({ setting, schemas: schemasIn(setting.value) }));
}

/** Those that count: for each role the one for this database, which overrides the role's own. */
export function effectiveSettings(facts: Facts): ExposingSetting[] {
  const all = exposingSettings(facts);
  const overriding = new Set(all.filter(({ setting }) => setting.inDatabase).map(({ setting }) => setting.role));
  return all.filter(({ setting }) => setting.inDatabase || !overriding.has(setting.role));
}

/** What is to be exposed, as settings say and this service knows, that is no schema. */
export function missingSchemas(facts: Facts): string[] {
  return notThere(facts, [...effectiveSettings(facts).flatMap(({ schemas }) => schemas), ...facts.configuredSchemas]);
}

/** What instances expose that is no schema, of those whose loads fail for that: from PostgREST 13 on. */
export function failingSchemas(facts: Facts): string[] {
  const failing = facts.instances.filter(({ version }) => Number.parseInt(version, 10) >= 13);
  return notThere(
    facts,
    failing.flatMap(({ exposed }) => exposed),
  );
}

function notThere({ surroundings }: Facts, schemas: readonly string[]): string[] {
  if (surroundings === undefined) return [];
  return [...new Set(schemas)].filter((schema) => !surroundings.schemas.includes(schema));
}
