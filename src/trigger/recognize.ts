import type { EventTrigger } from './inspect.js';

export type NotifierKind =
  /** Notifies on every `ddl_command_end`: the first example in PostgREST's documentation. */
  | 'documented_simple'
  /** Chooses by command tag: one half of the pair in PostgREST's documentation. */
  | 'documented_ddl_watch'
  /** Chooses by type of what was dropped: the other half. */
  | 'documented_drop_watch'
  /** The same halves, as Supabase installs them. */
  | 'supabase_ddl_watch'
  | 'supabase_drop_watch'
  | 'other';

/** Somebody else's event trigger that tells PostgREST to reload. */
export interface Notifier {
  kind: NotifierKind;
  trigger: EventTrigger;
  /** What it is known to miss, and to fire on for nothing. */
  gaps: string[];
}

/**
 * Tells by its function's source whether an event trigger notifies PostgREST on `channel`, and which of the known ones
 * it is; undefined for one that does not notify.
 */
export function recognizeNotifier(trigger: EventTrigger, channel: string): Notifier | undefined {
  const source = trigger.source.replaceAll(/--[^\n]*|\/\*.*?\*\//gs, ' ').toLowerCase();
  if (!notifies(source, channel.toLowerCase())) return undefined;
  const kind = kindOf(trigger, source);
  return { kind, trigger, gaps: gapsOf[kind] };
}

function notifies(source: string, channel: string): boolean {
  const statements = [...source.matchAll(/\bnotify\s+(?:"([^"]+)"|([a-z_][\w$]*))/g)];
  const calls = [...source.matchAll(/\bpg_notify\s*\(\s*'([^']+)'/g)];
  return [...statements, ...calls].some((match) => (match[1] ?? match[2]) === channel);
}

function kindOf(trigger: EventTrigger, source: string): NotifierKind {
  const isSupabase = trigger.functionSchema === 'extensions' && trigger.functionOwner.startsWith('supabase');
  if (trigger.event === 'sql_drop' && source.includes('pg_event_trigger_dropped_objects')) {
    return isSupabase ? 'supabase_drop_watch' : 'documented_drop_watch';
  }
  if (trigger.event === 'ddl_command_end' && source.includes('command_tag')) {
    return isSupabase ? 'supabase_ddl_watch' : 'documented_ddl_watch';
  }
  const isUnconditional = trigger.tags === null && !/\b(if|case|where)\b/.test(source);
  return trigger.event === 'ddl_command_end' && isUnconditional ? 'documented_simple' : 'other';
}

const watchGaps = [
  'misses domains, casts, aggregates, ALTER ROUTINE, renamed indexes and sequences, ALTER EXTENSION ... SET SCHEMA',
  'does not fire under session_replication_role = replica',
  'fires on schemas that are not exposed',
];

const gapsOf: Record<NotifierKind, string[]> = {
  documented_simple: ['fires on every DDL statement, those on temporary tables included'],
  documented_ddl_watch: watchGaps,
  documented_drop_watch: ['misses casts, domains and DROP OWNED', 'fires on schemas that are not exposed'],
  supabase_ddl_watch: [...watchGaps, 'is skipped for DDL that superusers and reserved roles run'],
  supabase_drop_watch: ['misses casts, domains and DROP OWNED', 'fires on schemas that are not exposed'],
  other: [],
};
