import fc from 'fast-check';
import { anyName } from './names.js';

/** The random choices of one step. */
export interface Dice {
  name(): string;
  /** One of `items`. Throws NothingThere where there is none. */
  of<Item>(items: readonly Item[]): Item;
  /** Some of `items`, at least one, in any order. Throws NothingThere where there is none. */
  some<Item>(items: readonly Item[]): Item[];
  upTo(most: number): number;
}

/** A step needs something that the database does not have: it is left out. */
export class NothingThere extends Error {}

export interface Throws {
  names: string[];
  numbers: number[];
}

export const anyThrows: fc.Arbitrary<Throws> = fc.record({
  names: fc.array(anyName, { minLength: 4, maxLength: 4 }),
  numbers: fc.array(fc.nat(9_999), { minLength: 12, maxLength: 12 }),
});

/** Dice that fall as `throws` says, over and over. */
export function createDice({ names, numbers }: Throws): Dice {
  let named = 0;
  let thrown = 0;
  const upTo = (most: number) => (numbers[thrown++ % numbers.length] ?? 0) % (most + 1);
  const of: Dice['of'] = (items) => {
    if (items.length === 0) throw new NothingThere();
    return items[upTo(items.length - 1)] as (typeof items)[number];
  };
  return {
    upTo,
    of,
    name() {
      const round = Math.floor(named / names.length);
      const name = names[named++ % names.length] ?? '';
      return round === 0 ? name : `${[...name].slice(0, 15).join('')}${round}`;
    },
    some(items) {
      if (items.length === 0) throw new NothingThere();
      const left = [...items];
      const count = 1 + upTo(items.length - 1);
      return Array.from({ length: count }, () => left.splice(left.indexOf(of(left)), 1)[0] as (typeof items)[number]);
    },
  };
}
