import t from 'tap';
import { mayBeSameDefault } from '../../src/model/default-expression.js';

type Case = [type: string, one: string, other: string];

const same: Case[] = [
  [
    'timestamp with time zone',
    `'1970-01-01 00:00:00+00'::timestamp with time zone`,
    `'1969-12-31 19:00:00-05'::timestamp with time zone`,
  ],
  [
    'timestamp with time zone',
    `'1970-01-01 05:30:00+05:30'::timestamp with time zone`,
    `'1970-01-01 00:00:00+00'::timestamp with time zone`,
  ],
  ['timestamp with time zone', '"1970-01-01 00:00:00+00"', '"01.01.1970 00:00:00 UTC"'],
  ['date', `'2020-12-31'::date`, `'31.12.2020'::date`],
  ['date', '"2020-12-31"', '"12/31/2020"'],
  ['date[]', `'{2020-12-31}'::date[]`, `'{31.12.2020}'::date[]`],
  [
    'tstzrange',
    `'["2020-01-01 00:00:00+00","2021-01-01 00:00:00+00")'::tstzrange`,
    `'["2019-12-31 19:00:00-05","2020-12-31 19:00:00-05")'::tstzrange`,
  ],
  ['interval', `'1 day 02:00:00'::interval`, `'P1DT2H'::interval`],
  ['timestamp with time zone', `(now() + '01:30:00'::interval)`, `(now() + 'PT1H30M'::interval)`],
  ['bytea', `'\\x01ff'::bytea`, `'\\001\\377'::bytea`],
  ['bytea', `'\\x6162'::bytea`, `'ab'::bytea`],
  ['double precision', `'0.30000000000000004'::double precision`, `'0.3'::double precision`],
  ['point', `'(0.1,0.30000000000000004)'::point`, `'(0.1,0.3)'::point`],
  ['money', `'$12.50'::money`, `'12,50 €'::money`],
  ['text', `'C:\\temp'::text`, `'C:\\\\temp'::text`],
  ['api.stay', `'("1970-01-01 00:00:00+00",1)'::api.stay`, `'("1969-12-31 19:00:00-05",1)'::api.stay`],
];

const other: Case[] = [
  [
    'timestamp with time zone',
    `'1970-01-01 00:00:00+00'::timestamp with time zone`,
    `'1970-01-01 00:00:00-05'::timestamp with time zone`,
  ],
  ['date', `'2020-12-31'::date`, `'2024-12-31'::date`],
  ['date', '"2020-12-31"', '"2024-12-31"'],
  ['date', '"(CURRENT_DATE + 30)"', '"(CURRENT_DATE + 7)"'],
  ['date', '"CURRENT_DATE"', '"2020-12-31"'],
  ['interval', `'1 day'::interval`, `'30 days'::interval`],
  ['timestamp with time zone', `(now() + '1 day'::interval)`, `(now() + '30 days'::interval)`],
  ['timestamp with time zone', `(now() + '1 day'::interval)`, `(now() - '1 day'::interval)`],
  ['double precision', '0.1', '0.2'],
  ['double precision', `'0.3'::double precision`, `'0.4'::double precision`],
  ['double precision', `'10000000000'::double precision`, `'20000000000'::double precision`],
  ['real', '1', '2'],
  ['bytea', `'\\x01'::bytea`, `'\\x02'::bytea`],
  ['point', `'(0.1,0.3)'::point`, `'(0.1,0.4)'::point`],
  ['money', `'$12.50'::money`, `'$13.50'::money`],
  ['text', `'(none)'::text`, `'(some)'::text`],
  ['text', '"(none)"', '"(some)"'],
  ['jsonb', `'{"a": 1}'::jsonb`, `'{"a": 2}'::jsonb`],
  ['api.mood', `'ok'::api.mood`, `'happy'::api.mood`],
  ['api.point2', `'(1,2)'::api.point2`, `'(1,3)'::api.point2`],
  ['integer', '7', '8'],
];

t.test('what two sessions print differently is the same', (t) => {
  for (const [type, one, two] of same) {
    t.ok(mayBeSameDefault(one, two, type), `${one} ${two}`);
    t.ok(mayBeSameDefault(two, one, type), `${two} ${one}`);
  }
  t.end();
});

t.test('what is another default is not', (t) => {
  for (const [type, one, two] of other) t.notOk(mayBeSameDefault(one, two, type), `${one} ${two}`);
  t.notOk(mayBeSameDefault(null, `'2020-12-31'::date`, 'date'));
  t.end();
});
