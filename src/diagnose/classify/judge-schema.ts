import { isSlip, nearest } from '../../lib/did-you-mean.js';
import { quoteIdentifier } from '../../model/identifier.js';
import type { Judgement, Remedy } from '../diagnosis.js';
import type { Facts, InstanceFacts } from '../facts.js';
import { noSchemas, switchedOff } from './conclusions.js';
import { effectiveSettings, exposingSettings } from './exposed-setting.js';
import { judgeInstances } from './judge-connection.js';
import { clip, notify, quoteLiteral, shown } from './words.js';

/** PostgREST refused the schema (PGRST106), which is undefined where neither error nor request name it. */
export function judgeSchema(facts: Facts, schema: string | undefined): Judgement {
  if (schema === undefined) {
    return {
      verdict: 'schema_not_exposed',
      explanation: 'The request asked for a schema that is not exposed; neither the error nor `profile` say for which.',
      remedy: { action: 'Ask for one of the exposed schemas, or say in `profile` which one was asked for.' },
      suggestions: exposedBy(facts).slice(0, 10),
    };
  }
  return (
    judgeExposure(facts, schema) ??
    judgeInstances(facts) ?? {
      verdict: 'resolved',
      explanation: `Every instance exposes ${shown(schema)} now.`,
      remedy: { action: 'None. Send the request again.' },
    }
  );
}

/** What is wrong with the exposure of `schema`; undefined where no instance that answers leaves it out. */
export function judgeExposure(facts: Facts, schema: string): Judgement | undefined {
  const without = facts.instances.filter(({ error, exposed }) => error === undefined && !exposed.includes(schema));
  if (without.length === 0) return undefined;
  const urls = without.map(({ url }) => url).join(', ');
  const near = nearest(schema, exposedBy(facts));
  if (facts.surroundings !== undefined && !facts.surroundings.schemas.includes(schema)) {
    return noSuchSchema(schema, near);
  }
  const settings = effectiveSettings(facts);
  if (settings.some(({ schemas }) => schemas.includes(noSchemas)) || without.some(exposesNothing)) {
    return switchedOff(`${urls} exposes no schema.`);
  }
  if (settings.some(({ schemas }) => schemas.includes(schema))) {
    return {
      verdict: 'configuration_not_loaded',
      explanation: `pgrst.db_schemas lists ${shown(schema)}, but ${urls} has not loaded that.`,
      remedy: {
        action:
          'POST /schema/reload with {"config": true}, or run the SQL. If that changes nothing, PostgREST runs with db-config off, or as a role that the setting is not for.',
        sql: `${notify(facts.channel, 'reload config')}\n${notify(facts.channel, 'reload schema')}`,
      },
    };
  }
  return {
    verdict: 'schema_not_exposed',
    explanation: `${shown(schema)} is not among the schemas that ${clip(urls)} exposes.${overridden(facts, schema)}`,
    remedy: exposeRemedy(facts, schema),
    ...(near.length > 0 && { suggestions: near }),
  };
}

function exposesNothing({ exposed }: InstanceFacts): boolean {
  return exposed.includes(noSchemas);
}

/** A setting for this database hides one of the role's own. */
function overridden(facts: Facts, schema: string): string {
  const counting = effectiveSettings(facts);
  const hidden = exposingSettings(facts).find((one) => !counting.includes(one) && one.schemas.includes(schema));
  if (hidden === undefined) return '';
  return ` pgrst.db_schemas of the role ${shown(hidden.setting.role ?? '')} lists it, but that of the role IN DATABASE overrides it.`;
}

function noSuchSchema(schema: string, near: string[]): Judgement {
  if (near.some((other) => isSlip(schema, other))) {
    return {
      verdict: 'misspelt',
      explanation: `There is no schema ${shown(schema)}, but one of a similar name is exposed.`,
      remedy: { action: `Ask for ${shown(near[0])} in Accept-Profile or Content-Profile.` },
      suggestions: near,
    };
  }
  return {
    verdict: 'not_in_database',
    explanation: `This database has no schema ${shown(schema)}.`,
    remedy: { action: 'Run the migration that creates it on this database, then expose it with db-schemas.' },
    ...(near.length > 0 && { suggestions: near }),
  };
}

/** SQL only where the setting is kept in the database, in one place. */
function exposeRemedy(facts: Facts, schema: string): Remedy {
  const [first, ...others] = effectiveSettings(facts);
  const action = `Add ${shown(schema)} to db-schemas (PGRST_DB_SCHEMAS) of PostgREST, if its clients are to see it.`;
  if (first === undefined || others.length > 0 || first.setting.role === null) return { action };
  const { role, inDatabase } = first.setting;
  const value = quoteLiteral([...first.schemas, schema].join(', '));
  const place = inDatabase ? ` in database ${quoteIdentifier(facts.surroundings?.database ?? '')}` : '';
  const alter = `alter role ${quoteIdentifier(role)}${place} set pgrst.db_schemas = ${value};`;
  const reload = [notify(facts.channel, 'reload config'), notify(facts.channel, 'reload schema')];
  return { action, sql: [alter, ...reload].join('\n') };
}

function exposedBy({ instances }: Facts): string[] {
  return [...new Set(instances.flatMap(({ exposed }) => exposed))];
}
