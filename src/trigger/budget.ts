/** A reading takes more steps than it may. */
export class SpentError extends Error {}

/** How many steps a reading may still take, so that what others write cannot keep this service busy. */
export class Budget {
  #left: number;

  constructor(steps: number) {
    this.#left = steps;
  }

  get left(): number {
    return Math.max(this.#left, 0);
  }

  /** Throws a SpentError where there are not that many left. */
  spend(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw new SpentError('The budget is spent.');
  }
}
