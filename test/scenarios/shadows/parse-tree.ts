/** A call of a function, an aggregate or an operator, by its OID, with the types (OIDs) that it was given. */
export interface Call {
  kind: 'function' | 'aggregate' | 'operator';
  oid: number;
  /** Before PostgreSQL cast what was given to what is taken: what fits these exactly goes before. */
  types: readonly number[];
  result: number;
}

interface Node {
  type: string;
  fields: Map<string, Value[]>;
}
type Value = string | Node | Value[];

const bool = 16;
const implicit = '2';
const calls: Record<string, [Call['kind'], oid: string, result: string]> = {
  FUNCEXPR: ['function', 'funcid', 'funcresulttype'],
  WINDOWFUNC: ['aggregate', 'winfnoid', 'wintype'],
  AGGREF: ['aggregate', 'aggfnoid', 'aggtype'],
  OPEXPR: ['operator', 'opno', 'opresulttype'],
  DISTINCTEXPR: ['operator', 'opno', 'opresulttype'],
  NULLIFEXPR: ['operator', 'opno', 'opresulttype'],
};
const resultFields = [
  ...Object.values(calls).map(([, , result]) => result),
  ...['vartype', 'consttype', 'paramtype', 'refrestype', 'resulttype', 'casetype', 'array_typeid', 'row_typeid'],
  ...['coalescetype', 'minmaxtype', 'typeId', 'type'],
];
const castFormats = ['funcformat', 'relabelformat', 'coerceformat'];

/** Array types by their elements', and the reverse. */
export interface ArrayTypes {
  arrayOf: ReadonlyMap<number, number>;
  elementOf: ReadonlyMap<number, number>;
}

/** Every call in a parse tree, as `debug_print_parse` shows it. Throws where it does not know the type of an argument. */
export function callsIn(tree: string, { arrayOf, elementOf }: ArrayTypes): Call[] {
  const typeBeforeCast = (node: Node): number => {
    const inner = child(node, 'arg') ?? argumentsOf(node)[0];
    return isImplicitCast(node) && inner !== undefined ? typeBeforeCast(inner) : typeOf(node, arrayOf);
  };
  return nodesIn(parse(tree)).flatMap((node): Call[] => {
    const types = () => argumentsOf(node).map(typeBeforeCast);
    if (node.type === 'SCALARARRAYOPEXPR') {
      // `any (array)` takes an operator of the elements.
      const [left = 0, right = 0] = types();
      const ofElements = [left, elementOf.get(right) ?? right];
      return [{ kind: 'operator', oid: number(node, 'opno'), types: ofElements, result: bool }];
    }
    const [kind, oid, result] = calls[node.type] ?? [];
    if (kind === undefined || oid === undefined || result === undefined || isImplicitCast(node)) return [];
    // The operator under `nullif` answers whether both are equal.
    const type = node.type === 'NULLIFEXPR' ? bool : number(node, result);
    return [{ kind, oid: number(node, oid), types: types(), result: type }];
  });
}

function argumentsOf(node: Node): Node[] {
  const list = node.fields.get('args')?.flat() ?? [];
  const nodes = list.filter((value): value is Node => typeof value === 'object' && !Array.isArray(value));
  // Those of an aggregate are target entries, some of which only sort.
  return nodes.flatMap((argument) => {
    if (argument.type !== 'TARGETENTRY') return [argument];
    return argument.fields.get('resjunk')?.[0] === 'true' ? [] : [child(argument, 'expr') ?? argument];
  });
}

function isImplicitCast(node: Node): boolean {
  return castFormats.some((format) => node.fields.get(format)?.[0] === implicit);
}

function typeOf(node: Node, arrayOf: ArrayTypes['arrayOf']): number {
  if (/^(SCALARARRAYOPEXPR|BOOLEXPR|NULLTEST|BOOLEANTEST|ROWCOMPAREEXPR|ROWCOMPARE)$/.test(node.type)) return bool;
  if (node.type === 'SUBLINK') return typeOfSublink(node, arrayOf);
  const inner = child(node, 'arg');
  if (/^(COLLATEEXPR|COLLATE|NAMEDARGEXPR)$/.test(node.type) && inner !== undefined) return typeOf(inner, arrayOf);
  const field = resultFields.find((name) => node.fields.has(name));
  if (field === undefined) throw new Error(`The type of ${node.type} is not known.`);
  return number(node, field);
}

/** The type of `exists`, of `any`, of the only column of a subquery's row, or of the array of such columns. */
function typeOfSublink(node: Node, arrayOf: ArrayTypes['arrayOf']): number {
  const kind = node.fields.get('subLinkType')?.[0];
  if (kind !== '4' && kind !== '6') return bool;
  const [entry] = child(node, 'subselect')?.fields.get('targetList')?.flat() ?? [];
  const column = entry !== undefined && isNode(entry) ? child(entry, 'expr') : undefined;
  if (column === undefined) throw new Error('A subquery has no column.');
  const type = typeOf(column, arrayOf);
  return kind === '6' ? (arrayOf.get(type) ?? type) : type;
}

function number(node: Node, field: string): number {
  return Number(node.fields.get(field)?.[0]);
}

function child(node: Node, field: string): Node | undefined {
  const value = node.fields.get(field)?.[0];
  return value !== undefined && isNode(value) ? value : undefined;
}

function isNode(value: Value): value is Node {
  return typeof value === 'object' && !Array.isArray(value);
}

function nodesIn(value: Value): Node[] {
  if (typeof value === 'string') return [];
  if (Array.isArray(value)) return value.flatMap(nodesIn);
  return [value, ...[...value.fields.values()].flat().flatMap(nodesIn)];
}

/** Reads `{TYPE :field value :field (value value)}`. */
function parse(tree: string): Value {
  const tokens = tree.match(/[{}()]|(?:\\.|[^\s{}()\\])+/gs) ?? [];
  let at = 0;
  const list = (end: string): Value[] => {
    const values: Value[] = [];
    while (tokens[at] !== end) values.push(value());
    at++;
    return values;
  };
  const node = (): Node => {
    const made: Node = { type: tokens[at++] ?? '', fields: new Map() };
    let field: Value[] = [];
    for (;;) {
      const token = tokens[at];
      if (token === undefined) throw new Error('The parse tree ends too early.');
      if (token === '}') break;
      if (token.startsWith(':')) {
        field = [];
        made.fields.set(token.slice(1), field);
        at++;
      } else field.push(value());
    }
    at++;
    return made;
  };
  const value = (): Value => {
    const token = tokens[at++];
    if (token === undefined) throw new Error('The parse tree ends too early.');
    if (token === '{') return node();
    return token === '(' ? list(')') : token;
  };
  return value();
}
