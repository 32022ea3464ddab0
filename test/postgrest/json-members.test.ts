import fc from 'fast-check';
import t from 'tap';
import { parseMembers } from '../../src/postgrest/json-members.js';

t.test('of any JSON object the named members are what JSON.parse makes of them', async () => {
  const object = fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true });
  const check = (value: Record<string, unknown>, spaces: number, picked: number) => {
    const names = Object.keys(value).filter((_, position) => (picked >> (position % 8)) % 2 === 1);
    const expected = Object.fromEntries(names.map((name) => [name, value[name]]));
    const members = parseMembers(JSON.stringify(value, null, spaces), new Set(names));
    t.same(JSON.parse(JSON.stringify(members)), JSON.parse(JSON.stringify(expected)));
  };
  fc.assert(fc.property(object, fc.nat(2), fc.nat(255), check), { numRuns: 300 });
});

t.test('what is no object is refused', async (t) => {
  const names = new Set(['a']);
  for (const text of ['', 'null', '"a"', '1', '{', '{"a":', '{"a":[1,2}', '{"a":nonsense}', '{"a', '<html>']) {
    t.throws(() => parseMembers(text, names), text);
  }
  t.same(parseMembers('{}', names), {});
  t.same(parseMembers('{"a": "\\u007b\\"}"}', names), { a: '{"}' });
  t.same(parseMembers('{"b": {"a": 1}, "a" : [ {"a": 2} ]}', names), { a: [{ a: 2 }] });
});
