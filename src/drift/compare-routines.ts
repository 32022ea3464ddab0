import { groupBy } from '../lib/maps.js';
import { qualify } from '../model/identifier.js';
import { type MediaHandler, type Model, type Parameter, type Routine, relationKey } from '../model/model.js';
import type { Difference, Side } from './finding.js';
import { difference, pairs } from './pairs.js';

/**
 * What differs in functions. One whose parameters changed is one difference, not two; one that takes or returns rows of a
 * relation that only one side has follows from that.
 */
export function compareRoutines(catalog: Model, cache: Model): Difference[] {
  const isOneSided = (relation: string) => catalog.relations.has(relation) !== cache.relations.has(relation);
  const follows = ({ parameters, returns }: Routine) =>
    isOneSided(relationKey(returns.type)) || parameters.some(({ type }) => isOneSided(type));
  const differing = pairs(catalog.routines, cache.routines, catalog.uncertain).flatMap(([key, here, there]) => {
    const known = here ?? there;
    if (known === undefined || (!(here && there) && follows(known))) return [];
    const name = qualify(known.schema, known.name);
    // What returns rows of a relation that has another name now.
    const isRenamed = here && there && follows(here) && follows(there);
    const cached = isRenamed ? { ...there, returns: here.returns } : there;
    return difference('function', key, describeRoutine(here, cached), describeRoutine(cached, here)).map(
      (found) => [name, found] as const,
    );
  });
  return [...groupBy(differing, ([name]) => name).values()].flatMap((ofName) =>
    mergeRedefined(ofName.map(([, found]) => found)),
  );
}

/** A function that is missing and one of the same name that is extra: it was given other parameters. */
function mergeRedefined(differences: Difference[]): Difference[] {
  const [missing, ...otherMissing] = differences.filter(({ kind }) => kind === 'missing_function');
  const [extra, ...otherExtra] = differences.filter(({ kind }) => kind === 'extra_function');
  if (missing === undefined || extra === undefined || otherMissing.length > 0 || otherExtra.length > 0) {
    return differences;
  }
  const changed: Difference = { ...missing, kind: 'changed_function', cache: extra.cache };
  return [...differences.filter((found) => found !== missing && found !== extra), changed];
}

function describeRoutine(routine: Routine | undefined, other: Routine | undefined): Side {
  if (routine === undefined) return null;
  const { parameters, returns, volatility, settings, description } = routine;
  // A source that does not tell the isolation level does not differ in it.
  const isolationLevel = other !== undefined && other.isolationLevel === undefined ? undefined : routine.isolationLevel;
  return {
    parameters: parameters.map(describeParameter),
    returns: `${returns.isSet ? 'setof ' : ''}${relationKey(returns.type)}`,
    ...(returns.isComposite && { isComposite: true }),
    ...(returns.isCompositeAlias && { isCompositeAlias: true }),
    volatility,
    ...(settings.size > 0 && { settings: Object.fromEntries([...settings].sort()) }),
    ...(typeof isolationLevel === 'string' && { isolationLevel }),
    ...(description !== null && { description }),
  };
}

function describeParameter({ name, type, required, variadic }: Parameter): string {
  const declared = [variadic ? 'variadic' : '', name === '' ? '' : qualify(name), type].filter((word) => word !== '');
  return `${declared.join(' ')}${required ? '' : ' default'}`;
}

/** What differs in the casts that format and parse domains. */
export function compareRepresentations(catalog: Model, cache: Model): Difference[] {
  return pairs(catalog.representations, cache.representations, catalog.uncertain).flatMap(([key, here, there]) => {
    const [one, other] = [here, there].map((side) =>
      side === undefined ? null : { function: relationKey(side.function) },
    );
    return difference('representation', key, one ?? null, other ?? null);
  });
}

/** What differs in the functions and aggregates that produce media types. */
export function compareMediaHandlers(catalog: Model, cache: Model): Difference[] {
  const describe = (handler: MediaHandler | undefined): Side =>
    handler === undefined ? null : { handler: relationKey(handler.handler), contentType: handler.resolvedMediaType };
  return pairs(catalog.mediaHandlers, cache.mediaHandlers, catalog.uncertain).flatMap(([key, here, there]) =>
    difference('media_handler', key, describe(here), describe(there)),
  );
}
