import type { Reported } from '../parse/reported.js';

// What to do about errors that the schema cache has no part in, where the error itself does not say it.
const advice: [code: RegExp, message: RegExp, action: string][] = [
  [
    /^PGRST107$/,
    /vnd\.pgrst\.plan/,
    'Set db-plan-enabled (PGRST_DB_PLAN_ENABLED) of PostgREST to true, where clients may see plans.',
  ],
  [
    /^PGRST107$/,
    /./,
    'Accept application/json (or text/csv, application/geo+json …), or write a function or aggregate that returns a domain named as the media type, then reload.',
  ],
  [/^PGRST101$/, /./, 'Call functions with GET or POST.'],
  [
    /^PGRST102$/,
    /object keys must match/i,
    'Give all objects of the body the same keys, or list the columns in columns=; with Prefer: missing=default what is not given takes its default.',
  ],
  [/^PGRST102$/, /./, 'Send a body that the Content-Type announces: application/json, text/csv or a form.'],
  [/^PGRST105$/, /./, 'Filter a PUT by all columns of the primary key, each with eq, and by nothing else.'],
  [/^PGRST108$/, /./, 'Embed it in select, by the name or alias that the filter or order has.'],
  [
    /^PGRST116$/,
    /./,
    'Filter so that exactly one row is left, or do not ask for a single object (application/vnd.pgrst.object+json, .single()). Where there should be a row and none is found: row-level security hides what no policy lets the role of the request read.',
  ],
  [
    /^PGRST11[89]$/,
    /./,
    'Only what each row has one of can be ordered by or spread: start from the other relation, or make the columns of the foreign key unique and reload, if there is one at most.',
  ],
  [
    /^PGRST120$/,
    /./,
    'Of what is embedded only is.null and not.is.null can be asked; filter its columns as name.column=….',
  ],
  [
    /^PGRST123$/,
    /./,
    'Set db-aggregates-enabled (PGRST_DB_AGGREGATES_ENABLED, pgrst.db_aggregates_enabled) of PostgREST to true, or compute it in a view or function.',
  ],
  [
    /^PGRST126$/,
    /./,
    'Set openapi-mode (PGRST_OPENAPI_MODE) of PostgREST to follow-privileges, where clients may see it.',
  ],
  [/^PGRST300$/, /./, 'Set jwt-secret (PGRST_JWT_SECRET) of PostgREST, or send no token.'],
  [
    /^PGRST302$/,
    /./,
    'Send a token (Authorization: Bearer …), or set db-anon-role (PGRST_DB_ANON_ROLE) of PostgREST, where clients without one may come.',
  ],
  [/^PGRST30[13]$/, /expired/i, 'Get a new token. If it is new, compare the clocks of who issues it and of PostgREST.'],
  [
    /^PGRST30[13]$/,
    /audience/i,
    'Give the token the aud that jwt-aud (PGRST_JWT_AUD) of PostgREST has, or change that.',
  ],
  [
    /^PGRST30[13]$/,
    /./,
    'Send a whole token that is signed with the key of jwt-secret (PGRST_JWT_SECRET) of PostgREST, or give PostgREST the key of who issues it.',
  ],
  [
    /^22P02$/,
    /enum/,
    'Send one of the values of the enum, written as there (select enum_range(null::the_type)), or add the value: alter type … add value. No reload is needed for that.',
  ],
  [
    /^22P02$/,
    /"(null|undefined)"/,
    'Send a value: a variable of the client had none. Whether a column is null is asked with is.null.',
  ],
  [/^22P02$/, /array literal/, 'Write the array as {a,b}, or as a JSON array in a body.'],
  [/^22(P02|007)$/, /: ""$/, 'Send null, or leave the column out, where there is no value: "" is none of this type.'],
  [
    /^23502$/,
    /./,
    'Give the column a value. Where it has a default: leave it out of body and columns=, or send Prefer: missing=default; an explicit null takes no default.',
  ],
  [
    /^23505$/,
    /./,
    'Send a key that is not taken; or upsert: Prefer: resolution=merge-duplicates, with on_conflict= where it is not the primary key. If the key was not sent, its sequence is behind (after an import): select setval(pg_get_serial_sequence(…), max(…)).',
  ],
  [/^23503$/, /./, 'Write the row that is referred to first, or delete those that refer to it.'],
  [/^23514$/, /no partition/, 'Create the partition for this row, or a default one.'],
  [/^21000$/, /second time/, 'Send each key of the upsert once: the body holds rows with the same key.'],
  [
    /^21000$/,
    /requires a WHERE/,
    'Filter what is updated or deleted: an extension (safeupdate) refuses to do so with all rows.',
  ],
  [/^428C9$/, /./, 'Leave the column out of what is written.'],
  [/^44000$/, /./, 'Write a row that the view shows, or write to the table under it.'],
  [/^55000$/, /deferrable/, 'Upsert by a unique constraint that is not deferrable.'],
  [
    /^55000$/,
    /./,
    'Write to the table under the view, or give the view an INSTEAD OF trigger; refresh the materialized view; whichever the message says.',
  ],
  [
    /^0A000$/,
    /column .* of view/,
    'Leave the column out: it is an expression. Or give the view an INSTEAD OF trigger.',
  ],
  [
    /^25006$/,
    /./,
    'Point db-uri of PostgREST to the primary, if it is a standby that it uses; write with POST, PATCH or DELETE, not with GET.',
  ],
  [
    /^57014$/,
    /./,
    'Look for what makes it slow (a missing index, a lock), or raise statement_timeout of the role of the request, then reload the configuration; or that of the function, then reload the schema cache.',
  ],
  [/^40|^55P03$/, /./, 'Send the request again; see to it that transactions are short and lock in the same order.'],
];

/** What to do about an error that names nothing which could be looked up. */
export function adviceFor({ code, message }: Pick<Reported, 'code' | 'message'>): string {
  const found = advice.find(([codes, messages]) => codes.test(code) && messages.test(message));
  return found?.[2] ?? 'Follow what the message, details and hint of the error say.';
}
