import { type Answer, parseError } from './http.js';
import { type Credentials, InstanceError } from './instance.js';
import { said } from './told.js';

// What PostgREST says of a request's token, before it does anything else.
const tokenCodes = new Set(['PGRST300', 'PGRST301', 'PGRST302', 'PGRST303']);

/** Whether an answer refuses who asks, and not what is asked. */
export function isAccessRefused(answer: Answer): boolean {
  return answer.status === 401 || answer.status === 403 || isTokenRefused(answer);
}

/** Whether PostgREST refuses our token, or that there is none. */
export function isTokenRefused({ status, body }: Answer): boolean {
  return status >= 400 && tokenCodes.has(parseError(body).code);
}

/** Why we are refused, and which setting ends it. */
export function accessRefused(answer: Answer, credentials: Credentials): InstanceError {
  if (isTokenRefused(answer)) return new InstanceError('unauthorized', tokenRefused(answer, credentials));
  const advice = 'where a token is needed set POSTGREST_JWT, where an API key is, POSTGREST_API_KEY';
  return new InstanceError('unauthorized', `It refused our credentials: ${said(answer)}; ${advice}.`, answer.status);
}

function tokenRefused(answer: Answer, { jwt }: Credentials): string {
  const { code, message } = parseError(answer.body);
  const what = said(answer);
  if (code === 'PGRST300') {
    return `It has no jwt-secret to check our token with: ${what}; set its jwt-secret, or unset POSTGREST_JWT.`;
  }
  if (code === 'PGRST302') {
    return jwt === undefined
      ? `It takes no requests without a token: ${what}; set POSTGREST_JWT.`
      : `It takes no requests without a role, and POSTGREST_JWT names none: ${what}; set one that does.`;
  }
  if (jwt === undefined) {
    return `Something between gave it a token that it refused: ${what}; set POSTGREST_JWT, or another POSTGREST_API_KEY.`;
  }
  const trouble = /expired/i.test(message) ? 'POSTGREST_JWT has expired' : 'POSTGREST_JWT is wrong or has expired';
  return `It refused our token: ${what}; ${trouble}: set a valid one.`;
}

/** Why an instance does not give the OpenAPI document of `schema`, and what can be done about it. */
export function documentRefused(schema: string, answer: Answer): InstanceError {
  const { code } = parseError(answer.body);
  const advice = adviceOn(code, schema, answer.status);
  return new InstanceError(
    'unexpected_answer',
    `It gives no OpenAPI document of this schema: ${said(answer)}; ${advice}.`,
  );
}

function adviceOn(code: string, schema: string, status: number): string {
  if (code === '3F000' && schema !== schema.toLowerCase()) {
    return 'from 13 on PostgREST cannot make the document of a schema with a capital letter in its name, which its admin server (POSTGREST_ADMIN_URLS) tells all of';
  }
  if (code === 'PGRST107' || code === 'PGRST202')
    return 'a function of db-root-spec serves its root; its admin server (POSTGREST_ADMIN_URLS) tells more from 12.2 on';
  if (code === '22023') return 'its anonymous role, or that of POSTGREST_JWT, does not exist in PostgreSQL';
  if (code === '42501') return 'its role may not: grant it usage, or set POSTGREST_JWT to the token of a role that may';
  if (code === '57014') return 'the statement_timeout of its role is too short for it';
  // PGRST is PostgREST's own, all other codes of five characters come from the database.
  if (/^[0-9A-Z]{5}$/.test(code)) {
    return 'perhaps its db-pre-request function refuses us: set POSTGREST_JWT to a token that it lets through';
  }
  if (status === 401 || status === 403) return 'perhaps something between wants POSTGREST_JWT or POSTGREST_API_KEY';
  return code === '' ? 'perhaps something between PostgREST and this service answers' : 'see its log';
}
