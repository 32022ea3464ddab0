import t from 'tap';
import { readFixture } from '../helper.js';
import type { Diagnosis } from './ask.js';
import { type FailingRequest, type FieldCase, setUp, wordsOf } from './field-case.js';

interface Answer {
  status: number;
  body: object;
  statusAfterReload: number;
}

interface RecordedCase extends FieldCase {
  requests: (FailingRequest & { answers: Record<string, Answer> })[];
}

/** What is to be said of one request: the verdict, what the words hold, and what they must not. */
type Expected = [verdict: RegExp, says: RegExp, never?: RegExp];

const reload = /reload schema/;
const expected: Record<string, Expected[]> = {
  'type-change-42804': [[/^stale_cache$/, /tasks\.owner[\s\S]*reload schema/]],
  'arg-type-change-42883': [[/^stale_cache$/, /f\(a text\)[\s\S]*reload schema/]],
  'dropped-overload-pgrst203': [[/^stale_cache$/, /search\(q text, lang text\)[\s\S]*reload schema/]],
  'real-overload-pgrst203': [[/^ambiguous_function$/, /public\.search\(q => text, lang => text\)/, reload]],
  'same-name-view-other-schema-pgrst201': [[/^ambiguous_relationship$/, /select=\*,one_two\(\*,two\(\*\)\)/, reload]],
  'extension-function-42883': [
    [
      /^in_user_code$/,
      /function public\.token\(\)[\s\S]*extensions\.gen_random_bytes[\s\S]*set search_path = public, extensions;/,
      /db-schemas|reload schema/,
    ],
  ],
  'operator-42883': [[/^not_about_the_schema$/, /json = unknown[\s\S]*jsonb/, reload]],
  'trigger-field-42703': [[/^in_user_code$/, /trigger set_updated on public\.notes[\s\S]*notes\.updated_at/i]],
  'policy-recursion-42P17': [[/^row_level_security$/, /policy p on public\.team[\s\S]*security definer/, reload]],
  'recreated-22P02': [[/^stale_cache$/, /cats\.id[\s\S]*uuid[\s\S]*reload schema/]],
  'fk-to-unexposed-pgrst200': [
    [/^schema_not_exposed$/, /auth\.users/, /migration|reload schema/],
    [/^not_served$/, /Both .*posts.*users_meta.* point to auth\.users/, /migration|reload schema/],
    [/^not_served$/, /Both .*posts.*users_meta.* point to auth\.users/, /migration|reload schema/],
  ],
  'procedure-pgrst202': [[/^not_served$/, /procedure/, /migration|reload schema/]],
  'function-as-table': [
    [/^misspelt$/, /\/rpc\/find_closest/, /migration|reload schema/],
    [/^misspelt$/, /\/rpc\/find_closest/, /migration|reload schema/],
  ],
  'folded-names': [
    [/^misspelt$/, /\nsavedata1$/],
    [/^misspelt$/, /public\.cal\(inputvariable integer\)/],
    [/^misspelt$/, /\ncreated_at$/],
  ],
  'pk-moved-42P10': [[/^stale_cache$/, /primary key[\s\S]*public\.up[\s\S]*reload schema/]],
  'volatility-25006': [[/^stale_cache$/, /touchlog\(\)[\s\S]*volatile[\s\S]*reload schema/]],
  'default-added-23502': [[/^stale_cache$/, /md\.n[\s\S]*default 5[\s\S]*reload schema/]],
  'rpc-columns-42703': [
    [/^not_served$/, /public\.near returns rows without names/, /migration|reload schema/],
    [/^not_in_database$/, /near_t returns\. It returns id, name/, /pgrst_call|reload schema/],
    [/^not_in_database$/, /near_t returns\. It returns id, name/, /\brecord\b|reload schema/],
    [/^not_in_database$/, /public\.users\.nope/, reload],
    [/^not_served$/, /public\.one returns a scalar/, /migration|reload schema/],
    [/^not_served$/, /public\.near_t returns rows of its own \(id, name\)/, /\brecord\b|migration|reload schema/],
  ],
  'body-42702-42804-42601': [
    [/^in_user_code$/, /function public\.amb[\s\S]*Qualify the column/, reload],
    [/^in_user_code$/, /function public\.lst[\s\S]*Create the function anew/, reload],
    [/^in_user_code$/, /function public\.rec/, reload],
  ],
  'pre-request-unqualified-42883': [
    [/^misconfigured$/, /Set db-pre-request .* to rbac\.db_pre_request/, /expose|reload schema/],
  ],
  'many-schemas-pgrst106': [[/^(schema_not_exposed|misspelt)$/, /tenant_151_customer/]],
  'reset-public-42501': [
    [/^missing_grant$/, /grant usage on schema public to anon;\ngrant select on table public\.t to anon;/, reload],
    [/^missing_grant$/, /grant usage on schema public to anon;\ngrant insert on table public\.t to anon;/, reload],
  ],
};

const cases = readFixture('field-cases/diagnose.jsonl')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as RecordedCase);

for (const field of cases) {
  t.test(field.id, async (t) => {
    const { app, request, diagnose } = await setUp(t, field);
    const check = (diagnosis: Diagnosis, [verdict, says, never]: Expected, of: string) => {
      const words = wordsOf(diagnosis);
      t.match(diagnosis.verdict, verdict, `${of}: ${diagnosis.verdict}`);
      t.match(words, says, `${of}: what it says`);
      if (never !== undefined) t.notMatch(words, never, `${of}: what it must not say`);
      t.equal(new Set(diagnosis.suggestions).size, diagnosis.suggestions?.length ?? 0, `${of}: no suggestion twice`);
    };
    const errors: object[] = [];
    for (const [at, failing] of field.requests.entries()) {
      const wanted = expected[field.id]?.[at];
      if (wanted === undefined) throw new Error(`Nothing is expected of ${field.id}.`);
      const answer = await request(failing);
      const recorded = failing.answers['12.0.2'];
      t.equal(answer.status, recorded?.status, 'it fails as it did');
      check(await diagnose(failing, answer.body), wanted, failing.path);
      for (const [version, { body }] of Object.entries(failing.answers)) {
        check(await diagnose(failing, body), wanted, `${failing.path} of ${version}`);
      }
      errors.push(answer.body as object);
    }
    await app.inject({ method: 'POST', url: '/schema/reload', payload: { wait: 10 } });
    for (const [at, failing] of field.requests.entries()) {
      const { status } = await request(failing);
      t.equal(status, failing.answers['12.0.2']?.statusAfterReload, 'after a reload');
      if (expected[field.id]?.[at]?.[0].test('stale_cache') !== true) continue;
      t.ok(status < 300, 'whoever reloads is cured');
      const after = await diagnose(failing, errors[at]);
      t.match(wordsOf(after), /reloaded since|not_about_the_schema/, 'and is not sent to reload again');
    }
  });
}
