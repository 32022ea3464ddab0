import { type Dumped, dumpedThings } from './dumped.js';

/**
 * What is wrong with `findings` (kind and object) as an account of how two dumps differ: what they name though it is in
 * both dumps alike, what they leave out, and what they tell though it follows from what else they tell.
 */
export function judge(before: string, after: string, findings: readonly string[]): string[] {
  const differing = differences(dumpedThings(before), dumpedThings(after));
  const told = new Map(findings.map((finding) => [subject(finding), finding]));
  const isOneSided = (finding: string | undefined) =>
    finding !== undefined && (/^(missing|extra)_/.test(finding) || finding.includes('_primary_key'));
  const tells = (own: string) =>
    told.has(own) || (own.endsWith('(') && [...told.keys()].some((one) => one.startsWith(own)));
  const isExplained = ({ follows }: Dumped) =>
    follows.some((one) => isOneSided(told.get(one)) || isRelationship(one, told));
  const untold = differing.filter((thing) => !thing.own.some(tells) && !isExplained(thing));
  const needed = differing.filter((thing) => !isExplained(thing));
  const names = (finding: string, thing: Dumped) =>
    thing.own.some((own) => own === subject(finding) || (own.endsWith('(') && subject(finding).startsWith(own)));
  return [
    ...untold.map(({ text }) => `not found: ${text}`),
    ...findings
      .filter((finding) => !differing.some((thing) => names(finding, thing)))
      .map((one) => `no change: ${one}`),
    ...findings
      .filter(
        (finding) => differing.some((thing) => names(finding, thing)) && !needed.some((thing) => names(finding, thing)),
      )
      .map((one) => `follows from another finding: ${one}`),
  ];
}

function isRelationship(own: string, told: ReadonlyMap<string, string>): boolean {
  return own.startsWith('relationship ') && told.has(own);
}

/** A finding without how it differs: `column public.a.b`. */
function subject(finding: string): string {
  return finding.replace(/^(missing|extra|changed)_/, '');
}

/** What only one of two dumps has, or has otherwise. */
function differences(before: ReadonlyMap<string, Dumped>, after: ReadonlyMap<string, Dumped>): Dumped[] {
  const keys = new Set([...before.keys(), ...after.keys()]);
  return [...keys].flatMap((key) => {
    const [one, other] = [before.get(key), after.get(key)];
    if (one !== undefined && other !== undefined && one.text !== other.text) {
      return [{ text: `${one.text} -> ${other.text}`, own: one.own, follows: [...one.follows, ...other.follows] }];
    }
    const only = one === undefined ? other : other === undefined ? one : undefined;
    return only === undefined || only.text === '[]' ? [] : [only];
  });
}
