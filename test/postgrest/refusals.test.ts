import { createHmac } from 'node:crypto';
import t from 'tap';
import { createPostgrestClient } from '../../src/postgrest/client.js';
import { appOn, connect } from '../helper.js';
import { databaseFor } from '../support/database.js';

const secret = 'a secret of more than thirty-two characters';

function token(claims: object, key = secret): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
}

t.test('who is refused for a token is told which setting to set', async (t) => {
  const sandbox = await databaseFor(t, { postgrestConfig: { PGRST_DB_ANON_ROLE: '', PGRST_JWT_SECRET: secret } });
  const withoutSecret = await sandbox.addPostgrest({ PGRST_DB_ANON_ROLE: 'anon', PGRST_JWT_SECRET: '' });
  const verify = async (jwt: string | undefined, postgrestUrl = sandbox.postgrestUrl) => {
    const app = await appOn(t, { ...sandbox, postgrestUrl }, { POSTGREST_JWT: jwt });
    const answer = await app.inject('/schema/verify');
    return { status: answer.statusCode, error: answer.json().instances[0].error };
  };
  const refused = (detail: RegExp) => ({ status: 503, error: { code: 'unauthorized', detail } });
  t.match(await verify(undefined), refused(/status 401, PGRST302 Anonymous access is disabled; set POSTGREST_JWT\.$/));
  t.match(await verify(token({})), refused(/PGRST302.*POSTGREST_JWT names none|POSTGREST_JWT names none.*PGRST302/));
  t.match(
    await verify(token({ role: 'anon' }, 'another key')),
    refused(/PGRST301 .*POSTGREST_JWT is wrong or has expired/),
  );
  t.match(await verify(token({ role: 'anon', exp: 1 })), refused(/PGRST301 JWT expired; POSTGREST_JWT has expired/));
  t.match(await verify('nonsense'), refused(/PGRST301 .*POSTGREST_JWT is wrong/));
  const lacking = await verify(token({ role: 'anon' }), withoutSecret.url);
  t.match(lacking, refused(/PGRST300 .*set its jwt-secret, or unset POSTGREST_JWT/));
  t.match(await verify(token({ role: 'anon' })), { status: 200 });
});

t.test('what an instance says of a refusal tells nobody what we sent', async (t) => {
  const sandbox = await databaseFor(t, { postgrestConfig: { PGRST_JWT_SECRET: secret } });
  const database = await connect(t, sandbox.databaseUrl);
  await database.query(`
    create function tell() returns void language plpgsql as $$ begin
      raise sqlstate 'PT401' using message = (current_setting('request.headers')::json ->> 'authorization')
        || (current_setting('request.headers')::json ->> 'apikey');
    end $$`);
  const { url } = await sandbox.addPostgrest({ PGRST_DB_PRE_REQUEST: 'public.tell' });
  const jwt = token({ role: 'anon' });
  const client = createPostgrestClient({ jwt, apiKey: 'the key' });
  await t.rejects(client.openApi({ url }, 'public', AbortSignal.timeout(30_000)), {
    message: /status 401, PT401 Bearer \*\*\*\*\*\*;/,
  });
  const short = createPostgrestClient({ jwt, apiKey: 'public' });
  const { schemas } = await short.identify({ url }, AbortSignal.timeout(30_000));
  t.same(schemas, ['public'], 'a key that is a word of an answer changes nothing');
});
