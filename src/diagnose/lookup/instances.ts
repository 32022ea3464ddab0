import { within } from '../../lib/timeout.js';
import type { PostgrestClient } from '../../postgrest/client.js';
import { asInstanceError } from '../../postgrest/exposure.js';
import { resolveInstances } from '../../postgrest/fleet.js';
import type { Instance } from '../../postgrest/instance.js';
import { type Plan, quoteName } from '../../postgrest/plan-only.js';
import type { CacheState, InstanceFacts } from '../facts.js';
import type { Subject } from '../parse/subject.js';

const dnsTimeoutMs = 500;
// PostgreSQL cuts longer names, and takes no more arguments; asking about them would only make long URLs.
const maxNameBytes = 63;
const maxArguments = 100;

/** Which schemas each instance exposes, or why it did not say so within `timeoutMs`. */
export async function askExposed(
  client: PostgrestClient,
  configured: readonly Instance[],
  timeoutMs: number,
): Promise<InstanceFacts[]> {
  const instances = await within(dnsTimeoutMs, resolveInstances(configured)).catch(() => [...configured]);
  return Promise.all(
    instances.map(async ({ url }) => {
      try {
        const { schemas, version } = await client.identify({ url }, AbortSignal.timeout(timeoutMs));
        return { url, exposed: schemas, version };
      } catch (error) {
        return { url, exposed: [], version: '', error: asInstanceError(error) };
      }
    }),
  );
}

/** Adds what the cache of each instance that exposes `schema` says of `subject`, if it is something cached. */
export async function askCaches(
  client: PostgrestClient,
  instances: readonly InstanceFacts[],
  schema: string,
  subject: Subject,
  timeoutMs: number,
): Promise<InstanceFacts[]> {
  const question = questionOf(client, schema, subject);
  if (question === undefined) return [...instances];
  return Promise.all(
    instances.map(async (facts) => {
      if (facts.error !== undefined || !facts.exposed.includes(schema)) return facts;
      try {
        const plan = await question({ url: facts.url }, AbortSignal.timeout(timeoutMs));
        const isBeyond = subject.kind === 'relation' && !plan.isPlanned && plan.code === 'PGRST204';
        const state = isBeyond ? 'cached' : stateOf(plan);
        return { ...facts, cache: { state, detail: plan.isPlanned ? '' : said(plan) } };
      } catch (error) {
        return { ...facts, error: asInstanceError(error) };
      }
    }),
  );
}

type Question = (instance: Instance, signal: AbortSignal) => Promise<Plan>;

function questionOf({ plan }: PostgrestClient, schema: string, subject: Subject): Question | undefined {
  if (subject.kind === 'ambiguous_function' && subject.routine !== undefined) {
    // The shortest of them takes what all of them take.
    const [signature = []] = [...subject.signatures].sort((one, other) => one.length - other.length);
    const { name } = subject.routine;
    const argumentNames = signature.map((one) => one.name);
    if (argumentNames.length > maxArguments || ![name, ...argumentNames].every(isName)) return undefined;
    return (instance, signal) => plan.routine(instance, { schema, name }, { argumentNames }, signal);
  }
  if (subject.kind === 'routine') {
    const { name, argumentNames = [] } = subject;
    const fits = argumentNames.length <= maxArguments && [name, ...argumentNames].every(isName);
    if (!fits) return undefined;
    return (instance, signal) => plan.routine(instance, { schema, name }, { argumentNames }, signal);
  }
  const asked = partsOf(subject);
  if (asked === undefined || ![asked.relation, ...asked.names].every(isName)) return undefined;
  const relation = { schema, name: asked.relation };
  return (instance, signal) => plan.relation(instance, relation, asked.columns, asked.embeds, signal);
}

function partsOf(subject: Subject) {
  if (subject.kind === 'relation') {
    // The column need not exist: a relation that is not cached is refused first.
    return { relation: subject.name, columns: ['pgrst_ops'], embeds: [], names: [] };
  }
  if (subject.kind === 'column' && subject.relation !== undefined) {
    return { relation: subject.relation, columns: [subject.name], embeds: [], names: [subject.name] };
  }
  if (subject.kind === 'ambiguous_relationship') {
    return { relation: subject.from, columns: [], embeds: [quoteName(subject.to)], names: [subject.to] };
  }
  if (subject.kind !== 'relationship') return undefined;
  const names = [subject.to, ...(subject.hint === undefined ? [] : [subject.hint])];
  return { relation: subject.from, columns: [], embeds: [names.map(quoteName).join('!')], names };
}

/** Whether PostgreSQL can have an object of this name, and a URL can hold it. */
function isName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && Buffer.byteLength(name) <= maxNameBytes;
}

function stateOf(plan: Plan): CacheState {
  if (plan.isPlanned) return 'cached';
  if (/^PGRST20[13]$/.test(plan.code)) return 'ambiguous';
  return plan.code === '' || /^PGRST20[0245]$/.test(plan.code) ? 'not_cached' : 'unknown';
}

function said({ code, message }: Extract<Plan, { isPlanned: false }>): string {
  return `${code} ${message}`.trim() || 'a 404';
}
