import type { Demo } from './demo.js';

/**
 * What `npm start` prints in the sandbox: addresses, a token, and three commands to try. The first makes PostgREST's
 * cache stale, shows PGRST204, reloads, and shows that the same request works.
 */
export function banner({ sandbox, token }: Pick<Demo, 'sandbox' | 'token'>, serviceUrl: string): string {
  const authorization = `-H 'Authorization: Bearer ${token ?? '<one of API_TOKENS>'}'`;
  const api = sandbox.postgrestUrl;
  const insert = `curl -sS "${api}/organizations?columns=name,$column" -H 'Content-Type: application/json' -d '[{"name":"Initech"}]' -w '%{http_code}\\n'`;
  return `
pgrst-ops  ${serviceUrl}  (docs: ${serviceUrl}/docs)
PostgREST  ${api}
PostgreSQL ${sandbox.databaseUrl}
Token      ${token ?? 'one of API_TOKENS'}

# A migration that nobody told PostgREST of: its insert fails with PGRST204. One call to us, and it works (201).
column=$(curl -sS -X POST ${api}/rpc/migrate_unnoticed | tr -d '"'); ${insert}; curl -sS -X POST ${serviceUrl}/schema/reload ${authorization} -w '\\n'; ${insert}

# Does PostgREST serve what PostgreSQL has?
curl -sS ${serviceUrl}/schema/verify ${authorization} -w '\\n'

# Is the event trigger in place, and what does it miss?
curl -sS ${serviceUrl}/trigger/status ${authorization} -w '\\n'

Ctrl-C ends it all and leaves nothing behind.
`;
}
