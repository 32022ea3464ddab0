import type { Routine } from '../../model/model.js';
import type { Judgement } from '../diagnosis.js';
import type { Subject } from '../parse/subject.js';
import { describeRoutine } from './signatures.js';
import { shown } from './words.js';

type Ambiguous = Extract<Subject, { kind: 'ambiguous_relationship' | 'ambiguous_function' }>;

const maxSuggestions = 10;
const maxLength = 2_000;

/** More than one relationship or function fits; which ones do, the error says itself, or `routines` do. */
export function judgeAmbiguity(subject: Ambiguous, routines: readonly Routine[] = []): Judgement {
  if (subject.kind === 'ambiguous_function') {
    const candidates = subject.candidates.length > 0 ? subject.candidates : routines.map(describeRoutine);
    return {
      verdict: 'ambiguous_function',
      explanation: 'More than one function of this name takes the arguments of the request.',
      remedy: { action: 'Drop all but one of these functions, or give them arguments of different names.' },
      suggestions: whole(candidates),
    };
  }
  const { from, to } = subject;
  const hints = whole(subject.hints);
  const explanation = `More than one relationship leads from ${shown(from)} to ${shown(to)}.`;
  const twice = subject.hints.find((hint, at) => subject.hints.indexOf(hint) !== at);
  if (twice !== undefined && hints.length === 1) {
    const junction = twice.split('!').at(-1) ?? '';
    return {
      verdict: 'ambiguous_relationship',
      explanation: `${explanation} All of them have the name ${shown(junction)}, in several schemas or by several keys: no hint tells them apart.`,
      remedy: {
        action: `Embed step by step: select=*,${junction}(*,${to}(*)). Or rename one of those called ${shown(junction)}, a view of that name in another exposed schema above all.`,
      },
      suggestions: [`${junction}(*,${to}(*))`],
    };
  }
  const [example] = hints;
  return {
    verdict: 'ambiguous_relationship',
    explanation,
    remedy: { action: `Say which one is meant: select=*,${example ?? `${to}!<foreign key>`}(*)` },
    suggestions: hints,
  };
}

/** Each once, and none that is cut: half a name is no suggestion. */
function whole(suggestions: readonly string[]): string[] {
  return [...new Set(suggestions)].filter(({ length }) => length <= maxLength).slice(0, maxSuggestions);
}
