import type { Judgement } from '../diagnosis.js';
import type { Facts, ObjectFacts } from '../facts.js';
import type { Subject } from '../parse/subject.js';
import { shown } from './words.js';

/** Neither the catalog nor any cache has the object: it is meant otherwise, kept elsewhere, or never came. */
export function judgeAbsent(what: string, facts: Facts, object: ObjectFacts): Judgement {
  const { reason } = object;
  const embedded = judgeEmbedded(facts);
  if (embedded !== undefined) return embedded;
  if (reason !== undefined && !object.isSlip) {
    const { verdict, text, action, suggestions } = reason;
    return { verdict, explanation: text, remedy: { action }, ...(suggestions && { suggestions }) };
  }
  const exposed = new Set(facts.instances.flatMap((instance) => instance.exposed));
  const remark = object.remark === undefined ? '' : ` ${object.remark}`;
  const name = nameOf(facts.subject);
  const elsewhere = object.elsewhere.filter((schema) => exposed.has(schema));
  if (elsewhere.length > 0) {
    return {
      verdict: 'misspelt',
      explanation: `There is no such thing as ${what}, but schema ${shown(elsewhere[0])} has one of this name.${remark}`,
      remedy: { action: `Ask for schema ${shown(elsewhere[0])} with Accept-Profile or Content-Profile.` },
      suggestions: elsewhere.slice(0, 10).map((schema) => shown(schema, name)),
    };
  }
  if (object.isSlip) {
    return {
      verdict: 'misspelt',
      explanation: `There is no such thing as ${what}, but something close to it.${remark} If the name is right, its migration has not run here.`,
      remedy: { action: 'Ask for one of the suggestions, or run the migration that creates what was asked for.' },
      suggestions: object.near,
    };
  }
  if (object.elsewhere.length > 0) {
    return {
      verdict: 'schema_not_exposed',
      explanation: `There is no such thing as ${what}, but schema ${shown(object.elsewhere[0])}, which is not exposed, has one of this name.`,
      remedy: {
        action: 'Add a view or function of this name to an exposed schema, or expose that schema with db-schemas.',
      },
      suggestions: object.elsewhere.slice(0, 10).map((schema) => shown(schema, name)),
    };
  }
  return {
    verdict: 'not_in_database',
    explanation: `This database does not have ${what}.${remark}`,
    remedy: { action: 'Run the migration that creates it on this database: no reload can help before.' },
    ...(object.near.length > 0 && { suggestions: object.near }),
  };
}

function nameOf(subject: Subject): string {
  return 'name' in subject ? subject.name : '';
}

/** A filter on an embedded resource as if it were a column. */
function judgeEmbedded({ subject, request }: Facts): Judgement | undefined {
  if (subject.kind !== 'column' || !request.columns.includes(subject.name)) return undefined;
  if (!request.embeds.some(({ name, within }) => name === subject.name && within === undefined)) return undefined;
  const name = shown(subject.name);
  return {
    verdict: 'not_about_the_schema',
    explanation: `${name} is embedded in the request, and its filter takes it for a column.`,
    remedy: { action: `Filter a column of it, ${name}.column=eq.…, or whether there is one, ${name}=not.is.null.` },
  };
}
