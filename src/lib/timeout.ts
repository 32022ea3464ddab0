/** `work` was not done in time; it may go on, and nobody waits for it. */
export class TooLateError extends Error {
  readonly ms: number;

  constructor(ms: number) {
    super(`There was no answer within ${ms} ms.`);
    this.ms = ms;
  }
}

/** What `work` comes to. Throws TooLateError after `ms`. */
export async function within<Result>(ms: number, work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TooLateError(ms)), ms);
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
