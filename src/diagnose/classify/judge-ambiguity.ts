import type { Judgement } from '../diagnosis.js';
import type { Subject } from '../parse/subject.js';
import { clip, shown } from './words.js';

type Ambiguous = Extract<Subject, { kind: 'ambiguous_relationship' | 'ambiguous_function' }>;

const maxSuggestions = 10;

/** More than one relationship or function fits; which ones do, the error says itself. */
export function judgeAmbiguity(subject: Ambiguous): Judgement {
  if (subject.kind === 'ambiguous_function') {
    return {
      verdict: 'ambiguous_function',
      explanation: 'More than one function of this name takes the arguments of the request.',
      remedy: { action: 'Drop all but one of these functions, or give them arguments of different names.' },
      suggestions: subject.candidates.slice(0, maxSuggestions).map((candidate) => clip(candidate)),
    };
  }
  const { from, to, hints } = subject;
  const [example] = hints;
  const how = example === undefined ? `${to}!<foreign key>` : example;
  return {
    verdict: 'ambiguous_relationship',
    explanation: `More than one relationship leads from ${shown(from)} to ${shown(to)}.`,
    remedy: { action: `Say which one is meant: select=*,${clip(how)}(*)` },
    suggestions: hints.slice(0, maxSuggestions).map((hint) => clip(hint)),
  };
}
