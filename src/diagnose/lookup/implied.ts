import { holds } from '../classify/mentions.js';
import type { Code } from '../facts.js';
import { type Reported, textual } from '../parse/reported.js';
import type { Request } from '../parse/request.js';
import { split } from '../parse/signature.js';
import type { Subject } from '../parse/subject.js';

/** What, as PostgREST knows it, has several rows for each of the other (PGRST118, PGRST119). */
export function notToOneIn({ code, details }: Reported): { from: string; to: string } | undefined {
  const [, from, to] = /^'(.+?)' and '(.+)' do not form a many-to-one/s.exec(textual(details)) ?? [];
  return from === undefined || to === undefined || !/^PGRST11[89]$/.test(code) ? undefined : { from, to };
}

/** The relation, missing by now, through which PostgREST joins what is embedded: no code of the request names it. */
export function junctionIn(
  { code: state, message }: Reported,
  { target, embeds }: Request,
  code: readonly Code[],
  exposed: readonly string[],
): Subject | undefined {
  const name = state === '42P01' ? /^relation "(.+)" does not exist$/s.exec(message)?.[1] : undefined;
  if (name === undefined || target === undefined || embeds.length === 0) return undefined;
  const relation = split(name, exposed);
  if (relation.schema === undefined || code.some((item) => holds(item, relation.name))) return undefined;
  return { kind: 'relation', ...relation };
}
