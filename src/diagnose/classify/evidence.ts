import type { Evidence } from '../diagnosis.js';
import type { Facts, InstanceFacts } from '../facts.js';
import type { Reported } from '../parse/reported.js';
import { exposingSettings } from './exposed-setting.js';
import { labelOf } from './mentions.js';
import { capitalize, clip, describe, shown } from './words.js';

const maxEvidence = 50;
const maxCode = 10;

/** What was looked up and what was found, also where nothing could be. */
export function evidenceOf(reported: Reported, facts: Facts): Evidence[] {
  const all = [
    ...ofError(reported),
    ...ofCatalog(facts),
    ...ofCode(facts),
    ...facts.instances.map((instance) => ofInstance(instance, facts)),
    ...ofComparison(facts),
    ...ofSettings(facts),
    ...ofListeners(facts),
  ];
  return all.slice(0, maxEvidence);
}

function ofError({ code, message }: Reported): Evidence[] {
  if (code === '' && message === '') return [];
  return [{ source: 'error', found: clip(`${code} ${message}`.trim()) }];
}

function ofCatalog({ failure, object, schema, subject, privileges }: Facts): Evidence[] {
  if (failure !== undefined) return [{ source: 'catalog', found: clip(failure) }];
  const lines: string[] = [];
  if (object !== undefined) {
    const what = describe(schema, subject);
    lines.push(object.exists ? `${capitalize(what)} is in the catalog.` : `${capitalize(what)} is not in the catalog.`);
  }
  for (const { role, schema: where, name, lacks, lacksSchema } of privileges?.slice(0, 10) ?? []) {
    const lost = [...(lacksSchema ? ['usage on its schema'] : []), ...lacks];
    const found = lost.length === 0 ? 'lacks nothing' : `lacks ${lost.join(', ')}`;
    lines.push(`${shown(role)} ${found} on ${where === name ? shown(name) : shown(where, name)}.`);
  }
  return lines.map((found) => ({ source: 'catalog', found }));
}

/** What of the user's code may run, if the error may come from it. */
function ofCode({ code = [], mentions = [] }: Facts): Evidence[] {
  const labels = [...code, ...mentions].slice(0, maxCode).map(labelOf);
  return labels.length === 0
    ? []
    : [{ source: 'catalog', found: clip(`May run for it: ${labels.join('; ')}.`, 1_000) }];
}

/** What the comparison of catalog and caches came to. */
function ofComparison({ agreement }: Facts): Evidence[] {
  if (agreement === undefined) return [];
  if (agreement.failure !== undefined) {
    return [{ source: 'instance', found: clip(`Catalog and caches could not be compared: ${agreement.failure}`) }];
  }
  return agreement.instances.map(({ url, source, findings }) => {
    const names = findings.slice(0, maxCode).map(({ kind, object }) => `${kind} ${object}`);
    const result = names.length === 0 ? 'no difference' : names.join(', ');
    return {
      source: 'instance',
      instance: url,
      found: clip(`Compared with the catalog by its ${source}: ${result} in what the request names.`),
    };
  });
}

function ofInstance({ url, error, exposed, cache }: InstanceFacts, { schema, subject }: Facts): Evidence {
  const found = (text: string): Evidence => ({ source: 'instance', instance: url, found: clip(text) });
  if (error !== undefined) return found(error.message);
  if (!exposed.includes(schema)) return found(`It exposes ${shownList(exposed)}, not ${shown(schema)}.`);
  if (cache === undefined) return found(`It answers, and exposes ${shownList(exposed)}.`);
  const what = describe(schema, subject);
  const states = {
    cached: `Its schema cache has ${what}.`,
    ambiguous: `Its schema cache has more than one of them: ${cache.detail}`,
    not_cached: `Its schema cache does not have ${what}: ${cache.detail}`,
    unknown: `It was asked for ${what}, and said ${cache.detail}`,
  };
  return found(states[cache.state]);
}

function ofSettings(facts: Facts): Evidence[] {
  return exposingSettings(facts).map(({ setting, schemas }) => {
    const whose = setting.role === null ? 'the database' : `the role ${shown(setting.role)}`;
    return { source: 'settings', found: `pgrst.db_schemas of ${whose} lists ${shownList(schemas)}.` };
  });
}

function ofListeners({ channel, surroundings }: Facts): Evidence[] {
  if (surroundings === undefined) return [];
  const { listening, elsewhere, complete } = surroundings.listeners;
  const blind = complete ? '' : ' Without pg_read_all_stats not all of them are seen.';
  const counts = `${listening.length} on ${shown(channel)}, ${elsewhere.length} on other channels`;
  return [{ source: 'listeners', found: `Sessions that listen: ${counts}.${blind}` }];
}

function shownList(names: readonly string[]): string {
  return clip(names.map((name) => shown(name)).join(', '));
}
