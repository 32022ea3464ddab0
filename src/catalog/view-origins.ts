/** The column of another relation that a column of a view shows unchanged. */
export interface Origin {
  /** The view's column, by its number. */
  number: number;
  /** The OID of the other relation. */
  relation: number;
  /** The other relation's column, by its number. */
  column: number;
}

const listStart = ':targetList ';
const originPattern = /:resno (\d+) .*:resorigtbl ([1-9]\d*) :resorigcol (\d+) /s;

/**
 * Reads the origins of a view's columns off its definition, as `pg_rewrite.ev_action` has it: the target entries of the
 * outermost query. Those of inner queries do not count, and those of set operations have none.
 */
export function readOrigins(definition: string): Origin[] {
  return targetEntries(definition).flatMap((entry): Origin[] => {
    const [, number, relation, column] = originPattern.exec(entry) ?? [];
    return column === undefined ? [] : [{ number: Number(number), relation: Number(relation), column: Number(column) }];
  });
}

/** Whether the outermost query of a view's definition is a union, intersection or difference. */
export function isSetOperation(definition: string): boolean {
  return withoutDeeper(definition, 2).includes(':setOperations {');
}

/** The target entries of the outermost query, each without the nodes in it. */
function targetEntries(definition: string): string[] {
  const outermost = withoutDeeper(definition, 2);
  const start = outermost.indexOf(listStart);
  if (start < 0) return [];
  const end = outermost.indexOf(' :override ', start);
  const list = outermost.slice(start, end < 0 ? undefined : end);
  return list.split('{TARGETENTRY').slice(1);
}

/** `nodes` without what is in more than `depth` braces. Those in names are escaped. */
function withoutDeeper(nodes: string, depth: number): string {
  const brace = /\\.|[{}]/gs;
  let kept = '';
  let from = 0;
  let open = 0;
  for (let match = brace.exec(nodes); match !== null; match = brace.exec(nodes)) {
    if (match[0] === '{') {
      if (open === depth) kept += nodes.slice(from, match.index);
      open++;
    } else if (match[0] === '}') {
      open--;
      if (open === depth) from = brace.lastIndex;
    }
  }
  return kept + nodes.slice(from);
}
