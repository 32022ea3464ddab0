/** What a request to PostgREST is for, as its path says. */
export type Target = { kind: 'relation'; name: string } | { kind: 'routine'; name: string; argumentNames: string[] };

// Parts of the query string that are no arguments of a function.
const reserved = /^(select|order|limit|offset|columns|on_conflict|and|or|not\.and|not\.or)$/;

/** Whether a function's argument of this name can be sent in a query string. */
function canBeQueried(argumentName: string): boolean {
  return argumentName !== '' && !argumentName.includes('.') && !reserved.test(argumentName);
}

/** The parameters of the query string of a path or URL. */
export function queryOf(path: string): URLSearchParams {
  return new URLSearchParams(path.split('#')[0]?.split(/\?(.*)/s)[1] ?? '');
}

/** Reads a path or a whole URL, with or without its query string; undefined where it leads to no relation or function. */
export function targetOf(path: string): Target | undefined {
  const [address = ''] = path.split(/[#?]/);
  const segments = address.replace(/^[a-z]+:\/\/[^/]*/i, '').split('/');
  const last = decode(segments.findLast((segment) => segment !== '') ?? '');
  if (last === undefined || last === '') return undefined;
  if (segments.filter((segment) => segment !== '').at(-2) !== 'rpc') return { kind: 'relation', name: last };
  return { kind: 'routine', name: last, argumentNames: [...queryOf(path).keys()].filter(canBeQueried) };
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
