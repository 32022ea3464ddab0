import { type Static, type TSchema, Type } from '@sinclair/typebox';

/** A string out of a few: `enum` rather than TypeBox's `anyOf`, for what generated clients make of it. */
export const stringEnum = <Name extends string>(values: readonly Name[], description?: string) =>
  Type.Unsafe<Name>({ type: 'string', enum: [...values], ...(description !== undefined && { description }) });

/** A reference to a schema with an `$id`, which becomes a component of that name. */
export const ref = <Schema extends TSchema>(schema: Schema) =>
  Type.Unsafe<Static<Schema>>(Type.Ref(schema.$id as string));

export const timestamp = (description: string) => Type.String({ format: 'date-time', description });
export const durationMs = (description: string) => Type.Number({ minimum: 0, description });

/** For operations that take no query: a misplaced parameter is refused rather than ignored. */
export const NoQuery = Type.Object({}, { additionalProperties: false });

/** One answer of an operation: what it means, what it holds, and an example of it. */
export const answer = <Schema extends TSchema>(
  description: string,
  schema: Schema,
  example: Static<Schema>,
  mediaType = 'application/json',
) => ({ description, content: { [mediaType]: { schema: ref(schema), example } } });
