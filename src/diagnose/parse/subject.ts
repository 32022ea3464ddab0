/** A name, and the schema before it where there is one. */
export interface SplitName {
  schema: string | undefined;
  name: string;
}

/** What an error is about. A `schema` is undefined where the error does not say it. */
export type Subject =
  | ({ kind: 'relation' } & SplitName)
  | { kind: 'column'; schema: string | undefined; relation: string | undefined; name: string }
  | { kind: 'relationship'; schema: string | undefined; from: string; to: string; hint: string | undefined }
  | ({ kind: 'routine'; argumentNames: string[] | undefined; takesBody: boolean } & SplitName)
  | { kind: 'ambiguous_relationship'; from: string; to: string; hints: string[] }
  | { kind: 'ambiguous_function'; candidates: string[] }
  | { kind: 'schema'; schema: string | undefined }
  | ({ kind: 'privilege'; objectType: string; policy: boolean } & SplitName)
  | { kind: 'role'; name: string; mayBeSet: boolean }
  | { kind: 'connection' }
  | { kind: 'pool' }
  | { kind: 'schema_cache' }
  | { kind: 'other' };
