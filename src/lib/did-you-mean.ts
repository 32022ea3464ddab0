import { distance } from 'fastest-levenshtein';

const maxSuggestions = 10;
const maxNameLength = 63;

/** The names that are like `name`, nearest first, at most ten. Letter case counts nothing. */
export function nearest(name: string, names: Iterable<string>): string[] {
  if (name.length > maxNameLength) return [];
  const edits = name.length <= 3 ? 1 : name.length <= 6 ? 2 : 3;
  const measured = [...new Set(names)]
    .filter((other) => other !== name)
    .map((other) => ({ other, edits: distance(plain(name), plain(other)) }));
  return measured
    .filter((candidate) => candidate.edits <= edits)
    .sort((a, b) => a.edits - b.edits || (a.other < b.other ? -1 : 1))
    .slice(0, maxSuggestions)
    .map(({ other }) => other);
}

/**
 * Whether `name` is `meant` with a slip of the pen: one letter, two swapped ones, case, underscores. Names that differ
 * more may both be right: created_by is no slip for created_at.
 */
export function isSlip(name: string, meant: string): boolean {
  const [a, b] = [plain(name), plain(meant)];
  if (Math.min(a.length, b.length) < 3) return a === b;
  if (distance(a, b) <= 1) return true;
  const at = [...a].findIndex((letter, index) => letter !== b[index]);
  return a.length === b.length && b === `${a.slice(0, at)}${a[at + 1]}${a[at]}${a.slice(at + 2)}`;
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[_\s-]/g, '');
}
