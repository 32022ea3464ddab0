import fc from 'fast-check';
import { alterations } from './alter.js';
import type { AnyStep } from './check.js';
import { creations } from './create.js';
import { anyThrows } from './dice.js';
import type { MakeStep } from './step.js';

// What the other steps need most.
const often = [
  'tableWithKey',
  'tableWithKey',
  'table',
  'view',
  'view',
  'view',
  'copy',
  'junction',
  'reference',
  'reference',
];

const stepOf = (makers: Record<string, MakeStep>): fc.Arbitrary<AnyStep> => {
  const kinds = [...Object.keys(makers), ...often.filter((kind) => kind in makers)];
  return fc.tuple(fc.constantFrom(...kinds), anyThrows);
};

const steps = (length: [least: number, most: number], weights: [creations: number, alterations: number]) =>
  fc.array(
    fc.oneof(
      { weight: weights[0], arbitrary: stepOf(creations) },
      { weight: weights[1], arbitrary: stepOf(alterations) },
    ),
    { minLength: length[0], maxLength: length[1], size: 'max' },
  );

/** The steps that make a schema. */
export const anySchema = steps([0, 60], [6, 1]);

/** Steps whose findings are looked at one by one. */
export const anyChanges = steps([1, 4], [1, 2]);
