import t from 'tap';
import { setUp, wordsOf } from './field-case.js';
import { cases } from './kinds.js';

for (const kind of cases) {
  t.test(kind.id, async (t) => {
    const { request, diagnose } = await setUp(t, kind);
    for (const { verdict, says, never, ...failing } of kind.requests) {
      const { status, body } = await request(failing);
      t.ok(status >= 300, `${failing.method} ${failing.path} fails`);
      const diagnosis = await diagnose(failing, body);
      const words = wordsOf(diagnosis);
      t.match(diagnosis.verdict, new RegExp(`^(${verdict})$`), `${failing.path}: ${words}`);
      if (says !== undefined) t.match(words, says, `${failing.path}: what it says`);
      if (never !== undefined) t.notMatch(words, never, `${failing.path}: what it must not say`);
      t.equal(new Set(diagnosis.suggestions).size, diagnosis.suggestions?.length ?? 0, 'no suggestion twice');
    }
  });
}
