import type { Judgement } from '../diagnosis.js';
import type { CacheState, Facts, InstanceFacts, ObjectFacts } from '../facts.js';
import type { Subject } from '../parse/subject.js';
import { andGone, reload, resolved, stale } from './conclusions.js';
import { judgeAbsent } from './judge-absent.js';
import { judgeAmbiguity } from './judge-ambiguity.js';
import { judgeInstances, unreachable } from './judge-connection.js';
import { judgeExposure } from './judge-schema.js';
import { capitalize, describe, shown } from './words.js';

/** A relation, column, relationship or function was not found: by PostgREST in its cache, or by PostgreSQL. */
export function judgeObject(facts: Facts, subject: Subject): Judgement {
  const { failure, object, schema } = facts;
  if (failure !== undefined) return unreachable(failure);
  if (object === undefined) return notNamed;
  const elsewhere = judgeExposure(facts, schema) ?? judgeAmbiguous(facts, subject, object);
  if (elsewhere !== undefined) return elsewhere;
  const what = describe(schema, subject);
  return object.exists ? judgePresent(what, facts, object) : judgeMissing(what, facts, object);
}

function judgePresent(what: string, facts: Facts, object: ObjectFacts): Judgement {
  if (!object.isServed) {
    return {
      verdict: 'not_served',
      explanation: `${capitalize(what)} is there, but PostgREST does not serve its kind. ${object.remark}`,
      remedy: { action: 'Ask for the partitioned table, or for a view on the partition.' },
    };
  }
  if (object.isUncertain) {
    return stale(
      facts,
      `PostgREST did not find ${what} in its schema cache, and PostgreSQL has it. ${object.remark} If PostgREST was reloaded since, only send the request again.`,
    );
  }
  const notCached = inState(facts, 'not_cached');
  if (notCached.length > 0) {
    return stale(facts, `PostgreSQL has ${what}; the schema cache of ${list(notCached)} has it not.`);
  }
  return judgeInstances(facts) ?? (isCachedEverywhere(facts) ? resolved(what) : notAsked(what, facts));
}

function judgeMissing(what: string, facts: Facts, object: ObjectFacts): Judgement {
  const cached = inState(facts, 'cached');
  // A reload would only change how the request fails.
  const isOtherKind = object.reason?.verdict === 'not_served';
  if (cached.length === 0 || isOtherKind) return judgeAbsent(what, facts, object);
  return staleAndGone(
    facts,
    `PostgreSQL does not have ${what}; the schema cache of ${list(cached)} still has it.`,
    object,
  );
}

/** A reload makes the cache right, and the request asks for what is gone. */
function staleAndGone(facts: Facts, explanation: string, { near, elsewhere, reason }: ObjectFacts): Judgement {
  const place = elsewhere[0] === undefined ? '' : ` Schema ${shown(elsewhere[0])} has one of this name.`;
  const judgement = andGone(stale(facts, `${explanation}${place}${reason === undefined ? '' : ` ${reason.text}`}`));
  return near.length > 0 ? { ...judgement, suggestions: near } : judgement;
}

const notNamed: Judgement = {
  verdict: 'unknown',
  explanation:
    'The error does not say which object it is about; it may come from inside a function, trigger or policy.',
  remedy: { action: 'Send the `path` of the request along, or look at the code that the request runs.' },
};

/** What was not found may be found more than once by now. */
function judgeAmbiguous(facts: Facts, subject: Subject, { near }: ObjectFacts): Judgement | undefined {
  if (inState(facts, 'ambiguous').length === 0) return undefined;
  if (subject.kind === 'relationship') {
    return judgeAmbiguity({
      kind: 'ambiguous_relationship',
      from: subject.from,
      to: subject.to,
      hints: near,
      constraints: [],
    });
  }
  return judgeAmbiguity({ kind: 'ambiguous_function', candidates: [], signatures: [] });
}

function notAsked(what: string, facts: Facts): Judgement {
  return {
    verdict: 'unknown',
    explanation: `PostgreSQL has ${what}. Whether every instance has it in its schema cache could not be asked.`,
    remedy: reload(facts),
  };
}

function isCachedEverywhere(facts: Facts): boolean {
  return inState(facts, 'cached').length === facts.instances.length;
}

function inState({ instances }: Facts, state: CacheState): InstanceFacts[] {
  return instances.filter(({ cache }) => cache?.state === state);
}

function list(instances: InstanceFacts[]): string {
  return instances.map(({ url }) => url).join(', ');
}
