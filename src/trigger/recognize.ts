import { gapsOf } from './gaps.js';
import type { EventTrigger } from './inspect.js';
import { tokensOf } from './lexer.js';
import type { Sending } from './notifications.js';

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

/**
 * Tells by the `sendings` of its function, and of those that this calls, whether an event trigger notifies PostgREST on
 * `channel`, and which of the known ones it is; undefined for one that does not.
 */
export function recognizeNotifier(
  trigger: EventTrigger,
  channel: string,
  sendings: readonly Sending[],
): Notifier | undefined {
  const reaching = sendings.filter(({ channels }) => channels?.includes(channel) ?? true);
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

function kindOf(trigger: EventTrigger): NotifierKind {
  const words = new Set(tokensOf(trigger.source ?? '').map(({ kind, value }) => (kind === 'string' ? '' : value)));
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
