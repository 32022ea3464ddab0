import { qualify } from '../model/identifier.js';
import { gapsOf } from './gaps.js';
import type { EventTrigger, UserFunction } from './inspect.js';
import { tokensOf } from './lexer.js';
import { readSource, type Sending, type SourceReading } from './notifications.js';

/**
 * `documented_simple` notifies on every `ddl_command_end`: the first example in PostgREST's documentation. The other four
 * are the halves of its second one, which choose by command tag or by type of what was dropped, as they stand there or as
 * Supabase installs them. `on_login` notifies at logins, `config_only` sends nothing but `reload config`. `may_notify` is
 * what does not say for certain whether it notifies PostgREST.
 */
export const notifierKinds = [
  'documented_simple',
  'documented_ddl_watch',
  'documented_drop_watch',
  'supabase_ddl_watch',
  'supabase_drop_watch',
  'on_login',
  'config_only',
  'other',
  'may_notify',
] as const;
export type NotifierKind = (typeof notifierKinds)[number];

/** Whether PostgREST loads its schema cache at what a notifier sends. */
export const reloadAnswers = ['yes', 'maybe', 'no'] as const;

/** Somebody else's event trigger that notifies PostgREST, or may. */
export interface Notifier {
  kind: NotifierKind;
  reloads: (typeof reloadAnswers)[number];
  trigger: EventTrigger;
  /** The text of its code that says so. */
  evidence: string;
  /** What it is known to miss, and to fire on for nothing. */
  gaps: string[];
}

const readable = ['plpgsql', 'sql'];

/**
 * Tells by its function's code, and by the code of `functions` that this calls, whether an event trigger notifies
 * PostgREST on `channel`, and which of the known ones it is; undefined for one that does not.
 */
export function recognizeNotifier(
  trigger: EventTrigger,
  channel: string,
  functions: readonly UserFunction[] = [],
): Notifier | undefined {
  const reaching = sendingsOf(trigger, functions).filter(({ channels }) => channels?.includes(channel) ?? true);
  const reloading = reaching.filter(({ payloads }) => payloads?.some(reloadsSchema) ?? true);
  const certain = reloading.find(({ isCertain }) => isCertain);
  const sending = certain ?? reloading[0] ?? reaching[0];
  if (sending === undefined) return undefined;
  const reloads = certain ? 'yes' : reloading.length > 0 ? 'maybe' : 'no';
  const kind = reloads === 'maybe' ? 'may_notify' : isConfigOnly(reaching) ? 'config_only' : kindOf(trigger);
  const ofKind = reloads === 'no' ? [whyNoReload(reaching)] : (gapsOfKnown[kind] ?? []);
  return { kind, reloads, trigger, evidence: sending.text, gaps: [...ofKind, ...gapsOf(trigger)] };
}

function isConfigOnly(sendings: readonly Sending[]): boolean {
  return sendings.every(({ payloads }) => payloads?.every((payload) => payload === 'reload config'));
}

function whyNoReload(sendings: readonly Sending[]): string {
  const sent = [...new Set(sendings.flatMap(({ payloads }) => payloads ?? []))].map((payload) => `'${payload}'`);
  return `sends ${sent.join(', ')} only, which reloads no schema cache`;
}

/** Whether PostgREST loads its schema cache at `payload`. */
function reloadsSchema(payload: string): boolean {
  return payload === '' || payload === 'reload schema';
}

/** What the function of `trigger` sends, and what it calls; each function is read once, or twice if calls to it are plain. */
function sendingsOf(trigger: EventTrigger, functions: readonly UserFunction[]): Sending[] {
  const { sendings, calls } = readFunction(trigger);
  const found = [...sendings];
  const seen = new Set<string>();
  const open = calls.map((call) => ({ call, isPlain: true }));
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    const { call } = next;
    const candidates = functions.filter(
      ({ schema, name }) => name === call.name && (call.schema === null || schema === call.schema),
    );
    // Where several functions have the name, any of them may be called.
    const isPlain = next.isPlain && candidates.length === 1;
    for (const candidate of candidates) {
      const key = `${functions.indexOf(candidate)} ${isPlain}`;
      // What functions do that cannot be read is not in question unless they are told to notify.
      if (seen.has(key) || (!readable.includes(candidate.language) && !call.mentionsNotify)) continue;
      seen.add(key);
      const reading = readFunction(candidate);
      const name = `${qualify(candidate.schema, candidate.name)}()`;
      for (const sending of reading.sendings) {
        found.push({ ...sending, isCertain: sending.isCertain && isPlain, text: `${name}: ${sending.text}` });
      }
      open.push(...reading.calls.map((call) => ({ call, isPlain })));
    }
  }
  return found;
}

function readFunction({ language, source }: Pick<UserFunction, 'language' | 'source'>): SourceReading {
  if (readable.includes(language)) return readSource(source);
  const unknown = { channels: undefined, payloads: undefined, isCertain: false };
  if (language === 'c' || language === 'internal') {
    const text = `its function is written in C (${source}), and cannot be read`;
    return { sendings: [{ ...unknown, text }], calls: [] };
  }
  const text = `its function, in ${language}, mentions NOTIFY`;
  return { sendings: /notify/i.test(source) ? [{ ...unknown, text }] : [], calls: [] };
}

function kindOf(trigger: EventTrigger): NotifierKind {
  const words = new Set(tokensOf(trigger.source).map(({ kind, value }) => (kind === 'string' ? '' : value)));
  const isSupabase = trigger.functionSchema === 'extensions' && trigger.functionOwner.startsWith('supabase');
  if (trigger.event === 'login') return 'on_login';
  if (trigger.event === 'sql_drop' && words.has('pg_event_trigger_dropped_objects')) {
    return isSupabase ? 'supabase_drop_watch' : 'documented_drop_watch';
  }
  if (trigger.event === 'ddl_command_end' && words.has('command_tag')) {
    return isSupabase ? 'supabase_ddl_watch' : 'documented_ddl_watch';
  }
  const isUnconditional = trigger.tags === null && !['if', 'case', 'where'].some((word) => words.has(word));
  return trigger.event === 'ddl_command_end' && isUnconditional ? 'documented_simple' : 'other';
}

const watchGaps = [
  'misses domains, casts, aggregates, ALTER ROUTINE, renamed indexes and sequences, ALTER EXTENSION ... SET SCHEMA',
  'fires on schemas that are not exposed',
];
const dropGaps = ['misses casts, domains and DROP OWNED', 'fires on schemas that are not exposed'];

const gapsOfKnown: Partial<Record<NotifierKind, string[]>> = {
  documented_simple: ['fires on every DDL statement, those on temporary tables included'],
  documented_ddl_watch: watchGaps,
  documented_drop_watch: dropGaps,
  supabase_ddl_watch: [...watchGaps, 'is skipped for DDL that superusers and reserved roles run'],
  supabase_drop_watch: dropGaps,
  on_login: ['reloads the schema cache at every login'],
};
