import {
  overriderOf,
  placeOf,
  type RoleSetting,
  resetSql,
  setSql,
  settingOfPostgrest,
} from '../model/role-settings.js';
import { noSchema, schemasIn } from '../model/schema-list.js';
import type { EventTrigger, TriggerFacts } from './inspect.js';
import { isRenamed, nameOf } from './installed.js';
import type { Knowledge } from './knowledge.js';
import { exposedBy, type PostgrestSide, type Remark, tell, without } from './problems.js';

export const triggerWarningCodes = [
  'nothing_exposed',
  'renamed',
  'schemas_unknown',
  'more_schemas',
  'prepared_transactions',
] as const;
export type TriggerWarningCode = (typeof triggerWarningCodes)[number];
export type TriggerWarning = Remark<TriggerWarningCode>;

const reloadConfig = 'POST /schema/reload with {"config": true}';

/** What costs something, but hides no change. */
export function findWarnings(
  installed: readonly EventTrigger[],
  facts: TriggerFacts,
  knowledge: Knowledge,
  postgrest: PostgrestSide,
): TriggerWarning[] {
  const always = nothingExposed(facts, postgrest);
  if (installed.length === 0) return always;
  return [
    ...always,
    ...renamed(installed),
    ...schemasUnknown(facts, knowledge, postgrest),
    ...moreSchemas(facts, knowledge, postgrest),
    ...preparedTransactions(facts),
  ];
}

/** Where the value that PostgREST reads, of whatever role, or what it says itself, exposes no schema at all. */
function nothingExposed({ settings, database }: TriggerFacts, postgrest: PostgrestSide): TriggerWarning[] {
  const roles = [...new Set(settings.flatMap(({ role }) => role ?? []))];
  const winning = roles.flatMap((role) => settingOfPostgrest(settings, 'pgrst.db_schemas', role) ?? []);
  const switchedOff = winning.filter(({ value }) => schemasIn(value).join() === noSchema);
  const why = (who: string) =>
    `${noSchema}, with which Supabase switches its Data API off: ${who} exposes nothing, and from version 13 on its loads fail.`;
  const reload = `then ${reloadConfig}`;
  if (switchedOff.length === 0 && postgrest.exposedSchemas?.join() === noSchema) {
    const remedy = `set db-schemas (PGRST_DB_SCHEMAS) of PostgREST to the schemas that its clients are to see, ${reload}`;
    return [{ code: 'nothing_exposed', detail: `PostgREST says that it exposes ${why('it')}`, remedy }];
  }
  return switchedOff.map((setting) => ({
    code: 'nothing_exposed',
    detail: `pgrst.db_schemas for ${placeOf(setting, database)} is ${why(`a PostgREST that connects as ${setting.role}`)}`,
    remedy: `${setSql(setting, database, ['<the schemas to expose>'])}, ${reload}`,
  }));
}

function renamed(installed: readonly EventTrigger[]): TriggerWarning[] {
  return installed.filter(isRenamed).map((trigger) => {
    const own = nameOf(trigger);
    const isSecond = installed.some(({ name }) => name === own);
    const detail = isSecond
      ? `The event trigger ${trigger.name} runs our function too, beside ${own}.`
      : `The event trigger ${own} has been renamed to ${trigger.name}.`;
    return { code: 'renamed', detail, remedy: 'POST /trigger/install' };
  });
}

function schemasUnknown(
  { database }: TriggerFacts,
  { exposedSchemas }: Knowledge,
  postgrest: PostgrestSide,
): TriggerWarning[] {
  if (exposedSchemas !== null) return [];
  const detail = 'Nobody told the trigger which schemas are exposed: it notifies of changes in every schema.';
  const exposed = exposedBy(postgrest) ?? [];
  const remedy = tell(database, 'db_schemas', exposed.length > 0 ? exposed : ['<the exposed schemas>']);
  return [{ code: 'schemas_unknown', detail, remedy }];
}

function moreSchemas(
  { settings, database }: TriggerFacts,
  { exposedSchemas }: Knowledge,
  postgrest: PostgrestSide,
): TriggerWarning[] {
  const exposed = exposedBy(postgrest);
  const more = exposed === undefined ? [] : without(exposedSchemas ?? [], [...exposed, noSchema]);
  if (more.length === 0) return [];
  const listing = settings.filter(
    ({ name, value }) => name === 'pgrst.db_schemas' && schemasIn(value).some((schema) => more.includes(schema)),
  );
  const takeOut = listing.map((setting) => {
    const kept = without(schemasIn(setting.value), more);
    return kept.length === 0 ? resetSql(setting, database) : setSql(setting, database, kept);
  });
  return [
    {
      code: 'more_schemas',
      detail: `The trigger notifies of changes in ${more.join(', ')}, which PostgREST does not expose.${listing.map((setting) => whyUnread(settings, setting, database)).join('')}`,
      remedy: `${exposeRemedy(settings, listing, more, database)}; or, where that is not meant: ${takeOut.join('; ')}`,
    },
  ];
}

/** Why PostgREST does not read `setting`, as a sentence; empty where it does. */
function whyUnread(settings: readonly RoleSetting[], setting: RoleSetting, database: string): string {
  if (setting.role === null) return ` PostgREST does not read what is set for ${placeOf(setting, database)}.`;
  const overrider = overriderOf(settings, setting);
  if (overrider === undefined) return '';
  return ` What is set for ${placeOf(setting, database)} is overridden for ${placeOf(overrider, database)}.`;
}

/** How PostgREST comes to expose what `listing` lists: there, or where another value wins. */
function exposeRemedy(
  settings: readonly RoleSetting[],
  listing: readonly RoleSetting[],
  more: readonly string[],
  database: string,
): string {
  const ofRoles = listing.filter(({ role }) => role !== null);
  const overriders = [...new Set(ofRoles.flatMap((setting) => overriderOf(settings, setting) ?? []))];
  const unlisted = overriders.filter((setting) => !listing.includes(setting));
  if (unlisted.length > 0) {
    const add = unlisted.map((setting) => setSql(setting, database, [...schemasIn(setting.value), ...more]));
    return `to have PostgREST expose them: ${add.join('; ')}, then ${reloadConfig}`;
  }
  if (ofRoles.length > 0) return `to have PostgREST take it up: ${reloadConfig}`;
  return 'to have PostgREST expose them: add them to its db-schemas (PGRST_DB_SCHEMAS)';
}

function preparedTransactions({ maxPreparedTransactions }: TriggerFacts): TriggerWarning[] {
  if (maxPreparedTransactions === 0) return [];
  const detail = `max_prepared_transactions is ${maxPreparedTransactions}, and PREPARE TRANSACTION fails after a notification.`;
  const remedy =
    'begin such a transaction with `set local pgrst_ops.notify = off`, and POST /schema/reload after its commit';
  return [{ code: 'prepared_transactions', detail, remedy }];
}
