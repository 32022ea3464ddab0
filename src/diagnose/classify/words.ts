import pg from 'pg';
import { qualify, quoteIdentifier } from '../../model/identifier.js';
import type { Subject } from '../parse/subject.js';

const maxShown = 300;

/** `text`, cut where it is longer than anybody reads. */
export function clip(text: string, max = maxShown): string {
  return text.length <= max ? text : `${text.slice(0, max)}…`;
}

/** `schema.name`, quoted where needed, cut where no name can be as long. */
export function shown(...names: (string | undefined)[]): string {
  return clip(qualify(...names.filter((name) => name !== undefined)));
}

/** What the subject is called in a sentence. */
export function describe(schema: string, subject: Subject): string {
  switch (subject.kind) {
    case 'relation':
      return `the relation ${shown(schema, subject.name)}`;
    case 'column':
      return `the column ${shown(schema, subject.relation, subject.name)}`;
    case 'relationship': {
      const hint = subject.hint === undefined ? '' : ` with the hint ${shown(subject.hint)}`;
      return `a relationship from ${shown(schema, subject.from)} to ${shown(subject.to)}${hint}`;
    }
    case 'routine': {
      const list = subject.argumentNames?.map(quoteIdentifier).join(', ') ?? '';
      return `the function ${shown(schema, subject.name)}(${clip(list)})`;
    }
    case 'result_column':
      return `the column ${shown(subject.name)} of what ${shown(schema, subject.routine)} returns`;
    default:
      return 'what the error is about';
  }
}

/** As the beginning of a sentence. */
export function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export const quoteLiteral = pg.escapeLiteral;

/** The notification that makes PostgREST reload. */
export function notify(channel: string, what: 'reload schema' | 'reload config'): string {
  return `notify ${quoteIdentifier(channel)}, '${what}';`;
}
