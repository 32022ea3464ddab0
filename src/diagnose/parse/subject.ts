/** A name, and the schema before it where there is one. */
export interface SplitName {
  schema: string | undefined;
  name: string;
}

/** An argument of a call, as PostgREST writes it in `f(a => integer)`. */
export interface Argument {
  name: string;
  type: string;
}

/** What an error is about. A `schema` is undefined where the error does not say it. */
export type Subject =
  | ({ kind: 'relation' } & SplitName)
  | { kind: 'column'; schema: string | undefined; relation: string | undefined; name: string }
  | { kind: 'relationship'; schema: string | undefined; from: string; to: string; hint: string | undefined }
  | ({ kind: 'routine'; argumentNames: string[] | undefined; bodyTypes: string[]; signature?: Argument[] } & SplitName)
  /** A column of what a function returns, whose rows may be called `alias`. */
  | { kind: 'result_column'; routine: string; alias: string | undefined; name: string }
  /** Something that no request names: code of the database does, with this name in it, if it has one. */
  | { kind: 'inside'; names: string[] }
  | { kind: 'ambiguous_relationship'; from: string; to: string; hints: string[]; constraints: string[] }
  | { kind: 'ambiguous_function'; routine?: SplitName; candidates: string[]; signatures: Argument[][] }
  | { kind: 'schema'; schema: string | undefined }
  | ({ kind: 'privilege'; objectType: string; policy: boolean } & SplitName)
  | { kind: 'role'; name: string; mayBeSet: boolean }
  | { kind: 'connection' }
  | { kind: 'pool' }
  | { kind: 'schema_cache' }
  | { kind: 'other' };
