import { isAtLeast } from '../lib/version.js';
import type { Column, Model, Relation, Routine } from '../model/model.js';

/** What PostgREST counts or writes otherwise since which version; seen in what each of them answered. */
const since = {
  /** The default of a column of a domain is the column's own, and the domain's where it has none. */
  ownDefaultsOfDomains: '12.2.4',
  /** A domain over a domain counts by the type at the end of it. */
  nestedDomains: '13',
  /** A foreign key is one-to-one if a key has the same columns, in whatever order. */
  oneToOneInAnyOrder: '12.2.3',
  /** The default of an identity quotes its sequence's name. */
  quotedSequences: '13',
  /** All settings of a function count that PostgREST applies, `default_transaction_isolation` among them. */
  functionSettings: '12.2',
  /** The OpenAPI document notes one-to-one relationships. */
  documentedOneToOne: '12.2',
  /** The OpenAPI document names numeric types as OpenAPI does, and may not tell short integers apart. */
  openApiFormats: '14',
  /** A media type that nothing produces is not acceptable (406) instead of unsupported (415). */
  notAcceptable: '12.2',
  /** An unknown relation has an error code of its own, PGRST205. */
  unknownRelationCode: '13',
} as const;

export type VersionRules = Record<keyof typeof since, boolean>;

/** The rules of a version, such as `12.2.12`. One that is not known, an empty text, counts as the latest does. */
export function rulesOf(version: string): VersionRules {
  const entries = Object.entries(since).map(([rule, first]) => [rule, isAtLeast(version, first)]);
  return Object.fromEntries(entries) as VersionRules;
}

/** `catalog` as PostgREST `version` counts it: what is left differs from its schema cache only where that is stale. */
export function asCountedBy(version: string, catalog: Model): Model {
  const rules = rulesOf(version);
  const { relationshipsInOrder, ...model } = catalog;
  const isOld = relationshipsInOrder !== undefined && !rules.oneToOneInAnyOrder;
  return {
    ...model,
    relationships: isOld ? relationshipsInOrder : model.relationships,
    relations: changed(model.relations, (relation) => relationBy(rules, relation)),
    routines: changed(model.routines, (routine) => routineBy(rules, routine)),
  };
}

function relationBy(rules: VersionRules, relation: Relation): Relation {
  const columns = changed(relation.columns, (column) => columnBy(rules, column));
  return columns === relation.columns ? relation : { ...relation, columns };
}

/** Most columns are counted alike by every version: those are returned as they are. */
function columnBy(rules: VersionRules, column: Column): Column {
  const { nestedDomain, domainDefault, unquotedDefault } = column;
  const older = {
    ...(nestedDomain !== undefined && !rules.nestedDomains && { type: nestedDomain }),
    ...(domainDefault !== undefined && !rules.ownDefaultsOfDomains && { default: domainDefault }),
    ...(unquotedDefault !== undefined && !rules.quotedSequences && { default: unquotedDefault }),
  };
  return Object.keys(older).length === 0 ? column : { ...column, ...older };
}

function routineBy(rules: VersionRules, routine: Routine): Routine {
  if (rules.functionSettings || routine.settings.size === 0) return routine;
  return { ...routine, settings: new Map([...routine.settings].filter(([name]) => name === 'statement_timeout')) };
}

/** `map` itself where `change` leaves all of its values: large schemas have many, and most are counted alike. */
function changed<Value>(map: ReadonlyMap<string, Value>, change: (value: Value) => Value): ReadonlyMap<string, Value> {
  const others = [...map].flatMap(([key, value]) => {
    const other = change(value);
    return other === value ? [] : [[key, other] as const];
  });
  return others.length === 0 ? map : new Map([...map, ...others]);
}
