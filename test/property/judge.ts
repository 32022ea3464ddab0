import { type Dumped, dumpedThings } from './dumped.js';

/**
 * What is wrong with `findings` (kind and object) as an account of how two dumps differ: what they name though it is in
 * both dumps alike, what they leave out, and what they tell though it follows from what else they tell.
 */
export function judge(before: string, after: string, findings: readonly string[]): string[] {
  const differing = differences(dumpedThings(before), dumpedThings(after));
  const causes = new Set(findings.filter(isCause).map(subject));
  const isExplained = ({ follows }: Dumped) => follows.some((one) => causes.has(one));
  const needed = differing.filter((thing) => !isExplained(thing));
  const isTold = (thing: Dumped) => findings.some((finding) => isNamed(thing, finding));
  const isOf = (things: readonly Dumped[]) => (finding: string) => things.some((thing) => isNamed(thing, finding));
  return [
    ...needed.filter((thing) => !thing.isOptional && !isTold(thing)).map(({ text }) => `not found: ${text}`),
    ...findings.filter((finding) => !isOf(differing)(finding)).map((finding) => `no change: ${finding}`),
    ...findings
      .filter((finding) => isOf(differing)(finding) && !isOf(needed)(finding))
      .map((finding) => `follows from another finding: ${finding}`),
  ];
}

/** Whether other differences may follow from it. */
function isCause(finding: string): boolean {
  return /^(missing|extra)_|^\w+_(primary_key|relationship) /.test(finding);
}

/** What ends in a bracket or a dot stands for all that begin like it. */
function isNamed({ own }: Dumped, finding: string): boolean {
  const told = subject(finding);
  return own.some((one) => one === told || (/[(.]$/.test(one) && told.startsWith(one)));
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
      return [{ ...one, text: `${one.text} -> ${other.text}`, follows: [...one.follows, ...other.follows] }];
    }
    const only = one === undefined ? other : other === undefined ? one : undefined;
    return only === undefined || only.text === '[]' ? [] : [only];
  });
}
