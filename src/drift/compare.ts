import type { Model } from '../model/model.js';
import { compareRelations } from './compare-relations.js';
import { compareRelationships } from './compare-relationships.js';
import { compareMediaHandlers, compareRepresentations, compareRoutines } from './compare-routines.js';
import type { Difference } from './finding.js';

/**
 * What differs between two models of the same coverage, ordered by object. Each difference is told once: what only one
 * side has is not reported again for what follows from it, such as the columns of a relation, its keys and the functions
 * that return its rows. Nor what follows from `others`, which are known from elsewhere.
 */
export function compare(catalog: Model, cache: Model, others: readonly Difference[] = []): Difference[] {
  const relations = compareRelations(catalog, cache);
  const differences = [
    ...relations,
    ...compareRelationships(catalog, cache, [...relations, ...others]),
    ...compareRoutines(catalog, cache),
    ...compareRepresentations(catalog, cache),
    ...compareMediaHandlers(catalog, cache),
  ];
  return inOrder(differences);
}

/** `differences` by object. */
export function inOrder(differences: readonly Difference[]): Difference[] {
  return [...differences].sort((a, b) => compareText(a.object, b.object) || compareText(a.kind, b.kind));
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
