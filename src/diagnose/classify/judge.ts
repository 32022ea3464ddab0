import type { Diagnosis, Judgement } from '../diagnosis.js';
import type { Facts } from '../facts.js';
import type { Reported } from '../parse/reported.js';
import { evidenceOf } from './evidence.js';
import { judgeAmbiguity } from './judge-ambiguity.js';
import { judgeAsked } from './judge-asked.js';
import { judgeConnection, judgeLoad, judgePool, unreachable } from './judge-connection.js';
import { judgeInside } from './judge-inside.js';
import { judgeObject } from './judge-object.js';
import { judgeOther } from './judge-other.js';
import { judgePrivilege } from './judge-privilege.js';
import { judgeRole } from './judge-role.js';
import { judgeSchema } from './judge-schema.js';
import { judgeStale } from './judge-stale.js';
import { clip } from './words.js';

/** Decides from `facts` what lies behind the error. Asks nobody. */
export function judge(reported: Reported, facts: Facts): Diagnosis {
  const judgement = conclude(reported, facts);
  const code = reported.code === '' ? null : clip(reported.code);
  return { code, ...judgement, explanation: clip(judgement.explanation, 1_000), evidence: evidenceOf(reported, facts) };
}

function conclude(reported: Reported, facts: Facts): Judgement {
  const { subject } = facts;
  if (facts.failure === undefined) {
    const early = judgeAsked(reported, facts) ?? judgeStale(reported, facts);
    if (early !== undefined) return early;
  }
  switch (subject.kind) {
    case 'connection':
      return judgeConnection(reported, facts);
    case 'pool':
      return judgePool(facts);
    case 'schema_cache':
      return judgeLoad(facts);
    case 'schema':
      return judgeSchema(facts, subject.schema);
    case 'privilege':
      return judgePrivilege(reported, facts, subject);
    case 'role':
      return judgeRole(facts, subject);
    case 'ambiguous_relationship':
    case 'ambiguous_function':
      return judgeAmbiguity(subject, facts.named?.routines);
    case 'inside':
      return facts.failure === undefined ? judgeInside(reported, facts, subject.names) : unreachable(facts.failure);
    case 'other':
      return judgeOther(reported, facts);
    default:
      return judgeObject(facts, subject);
  }
}
