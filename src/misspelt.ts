import { closest, distance } from 'fastest-levenshtein';

// Close to one of ours, but what some platforms call a database.
const namesOfOthers = new Set(['POSTGRES_URL']);

/** The names in `given` that are none of `names` but close to one: a line for each, which says what was probably meant. */
export function misspelt(given: Record<string, string>, names: readonly string[]): string[] {
  return Object.keys(given)
    .filter((name) => !names.includes(name) && !namesOfOthers.has(name))
    .flatMap((name) => {
      const meant = closest(name, names);
      const isClose = meant.length < 8 ? isSlip(name, meant) : distance(name, meant) <= 2;
      return isClose ? [`${name}: there is no such setting; did you mean ${meant}?`] : [];
    });
}

/** Whether a letter is too much or missing. Another letter makes another word of a short name: PATH is no PORT. */
function isSlip(name: string, meant: string): boolean {
  return name[0] === meant[0] && name.length !== meant.length && distance(name, meant) === 1;
}
