/**
 * Wraps `run` so that at most one of it runs at a time. A call never gets the result of a run that began before it:
 * calls that come while one runs share the next one.
 */
export function coalesce<Result>(run: () => Promise<Result>): () => Promise<Result> {
  let running: Promise<unknown> | undefined;
  let next: Promise<Result> | undefined;

  const start = (): Promise<Result> => {
    next = undefined;
    const result = run();
    running = result;
    const finish = () => {
      if (running === result) running = undefined;
    };
    result.then(finish, finish);
    return result;
  };

  return () => {
    if (running === undefined) return start();
    next ??= running.then(start, start);
    return next;
  };
}
