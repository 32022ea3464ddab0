/** The column of another relation that a column of a view shows unchanged. */
export interface Origin {
  /** The view's column, by its number. */
  number: number;
  /** The OID of the other relation. */
  relation: number;
  /** The other relation's column, by its number. */
  column: number;
}

const entry = /:resno (\d+) .*:resorigtbl (\d+) :resorigcol (\d+) /s;

/**
 * Reads the origins of a view's columns off its definition, as `pg_rewrite.ev_action` has it: the target entries of the
 * outermost query. Those of inner queries do not count, and those of set operations have none.
 */
export function readOrigins(definition: string): Origin[] {
  const list = targetList(definition);
  return list.flatMap((text): Origin[] => {
    const [, number, relation, column] = entry.exec(text) ?? [];
    return relation === undefined || relation === '0'
      ? []
      : [{ number: Number(number), relation: Number(relation), column: Number(column) }];
  });
}

/** The target entries of the outermost query, without the expressions in them. */
function targetList(definition: string): string[] {
  const entries: string[] = [];
  let depth = 0;
  let isInList = false;
  /** Where what belongs to the entry itself, rather than to its expression, goes on. */
  let from = 0;
  let own = '';
  // What is special in a name is escaped, and nothing else matters here.
  const token = /\\.|[{}]|:targetList |:(?:override|onConflict|returningList) /gs;
  for (let match = token.exec(definition); match !== null; match = token.exec(definition)) {
    const [text] = match;
    if (text === '{') {
      if (isInList && depth === 2) own += definition.slice(from, match.index);
      depth++;
      if (isInList && depth === 2) [own, from] = ['', token.lastIndex];
    } else if (text === '}') {
      if (isInList && depth === 2) entries.push(own + definition.slice(from, match.index));
      depth--;
      if (isInList && depth === 2) from = token.lastIndex;
    } else if (depth === 1 && text.startsWith(':')) {
      if (isInList) return entries;
      isInList = text === ':targetList ';
    }
  }
  return entries;
}
