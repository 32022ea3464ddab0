import fc from 'fast-check';
import t from 'tap';
import { keepMembers } from '../../src/postgrest/json-members.js';

function kept(text: string, names: string[], length = text.length): string {
  const keep = keepMembers(new Set(names));
  let left = '';
  for (let from = 0; from < text.length; from += length) left += keep(text.slice(from, from + length));
  return left;
}

t.test('of any JSON object the named members are left, however it is cut', async (t) => {
  const object = fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true });
  const check = (value: Record<string, unknown>, spaces: number, picked: number, length: number) => {
    const names = Object.keys(value).filter((_, position) => (picked >> (position % 8)) % 2 === 1);
    const expected = Object.fromEntries(names.map((name) => [name, value[name]]));
    const left = JSON.parse(kept(JSON.stringify(value, null, spaces), names, length));
    t.same(left, JSON.parse(JSON.stringify(expected)));
  };
  fc.assert(fc.property(object, fc.nat(2), fc.nat(255), fc.integer({ min: 1, max: 20 }), check), { numRuns: 300 });
});

t.test('any text is taken', async (t) => {
  const text = fc
    .array(fc.constantFrom('{', '}', '[', ']', '"', ':', ',', '\\', 'a', ' '))
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, (any) => {
      kept(`{${any}`, ['a']);
    }),
  );
  t.equal(kept('{"\\q":1,"a":2}', ['a']), '{"a":2}');
});

t.test('nothing else of a document is left', async (t) => {
  t.equal(kept('{"a":[1,{"b":2}],"b":{"a":"}"},"c":3}', ['b']), '{"b":{"a":"}"}}');
  t.equal(kept('{}', ['a']), '{}');
  t.equal(kept('{"\\u0061": "\\u007b\\"}", "c": "a"}', ['a']), '{"\\u0061": "\\u007b\\"}"}');
  t.equal(kept('{"x": {"a": {}}, "a" : [ {"a": 2} ]}', ['a']), '{"a": [ {"a": 2} ]}');
});

t.test('what is no whole JSON object does not become one', async (t) => {
  for (const text of [
    '',
    'null',
    '"a"',
    '1',
    '{',
    '{"a":',
    '{"a":[1,2}',
    '{"a',
    '{"a":nonsense}',
    '<html>',
    '[{"a":1}]',
  ]) {
    const left = kept(text, ['a']);
    let value: unknown;
    try {
      value = JSON.parse(left);
    } catch {}
    t.equal(value, undefined, `${text} -> ${left}`);
  }
});
