import { ref } from '../contract/common.js';
import { Problem, type ProblemCode, problemKinds, problemMediaType, problemType } from '../contract/problem.js';

/** The answers that are problems of the given kinds, by status, each with an example. */
export function problems(...codes: ProblemCode[]) {
  const all: ProblemCode[] = [...codes, 'foreign_origin', 'uri_too_long', 'internal_error', 'shutting_down'];
  const statuses = [...new Set(all.map((code) => problemKinds[code].status))];
  return Object.fromEntries(
    statuses.map((status) => {
      const kinds = all.filter((code) => problemKinds[code].status === status);
      const [first] = kinds as [ProblemCode];
      const description = kinds.map((code) => `${problemKinds[code].title} (\`${code}\`)`).join('; ');
      const example = problemExample(first);
      return [status, { description, content: { [problemMediaType]: { schema: ref(Problem), example } } }];
    }),
  );
}

/** An answer of a status that is also used for a problem. */
export function alsoProblem<Answer extends { content: object }>(answer: Answer, code: ProblemCode) {
  const problem = { [problemMediaType]: { schema: ref(Problem), example: problemExample(code) } };
  return { ...answer, content: { ...answer.content, ...problem } };
}

/** What a problem of this kind looks like. */
export function problemExample(code: ProblemCode) {
  const { status, title } = problemKinds[code];
  const requestId = 'b1c7d3a0-6d0f-4c53-8f5e-0d0a7f1c2e11';
  return { type: problemType(code), title, status, detail: 'What was wrong this time.', code, requestId };
}

/** The problems that every operation behind a token may answer with. */
export const guarded = ['unauthorized', 'insufficient_scope', 'too_many_requests'] as const;

/** Marks an operation as behind a token. */
export const security = [{ token: [] }];
