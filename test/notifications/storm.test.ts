import t from 'tap';
import { countSenders, type Sender, unknownSender } from '../../src/notifications/senders.js';
import { explainStorm, type StormWatch, watchForStorms } from '../../src/notifications/storm.js';

const start = Date.parse('2026-01-31T12:00:00.000Z');
/** So many seconds after noon. */
const after = (seconds: number) => new Date(start + seconds * 1_000);
const flyway: Sender = { role: 'migrator', applicationName: 'flyway' };
const psql: Sender = { role: 'postgres', applicationName: 'psql' };

/** Has `watch` hear one notification at each of these seconds. */
function hear(watch: StormWatch, seconds: readonly number[], sender = flyway): void {
  for (const second of seconds) watch.heard(sender, after(second));
}
const every = (step: number, from: number, count: number) => Array.from({ length: count }, (_, i) => from + i * step);

t.test('senders are counted, the most frequent first', async (t) => {
  const senders = countSenders();
  senders.count(psql, after(0));
  senders.count(flyway, after(1));
  senders.count({ ...flyway }, after(5));
  senders.count(unknownSender, after(6));
  t.equal(senders.total(), 4);
  t.same(senders.list(), [
    { ...flyway, notifications: 2, firstAt: after(1), lastAt: after(5) },
    { ...psql, notifications: 1, firstAt: after(0), lastAt: after(0) },
    { ...unknownSender, notifications: 1, firstAt: after(6), lastAt: after(6) },
  ]);
});

t.test('of very many senders the first hundred are kept, and the rest summed', async (t) => {
  const senders = countSenders();
  for (let number = 0; number < 1_000; number++) {
    senders.count({ role: 'app', applicationName: `worker-${number}` }, after(number));
  }
  senders.count({ role: 'app', applicationName: 'worker-7' }, after(1_000));
  const list = senders.list();
  t.equal(list.length, 101);
  t.same(list[0], { ...unknownSender, notifications: 900, firstAt: after(100), lastAt: after(999) });
  t.match(list[1], { applicationName: 'worker-7', notifications: 2 });
  t.equal(senders.total(), 1_001);
});

t.test('names cannot be made to look like others', async (t) => {
  const senders = countSenders();
  senders.count({ role: 'a', applicationName: 'b","c' }, after(0));
  senders.count({ role: 'a","b', applicationName: 'c' }, after(0));
  senders.count({ role: 'null', applicationName: 'null' }, after(0));
  senders.count(unknownSender, after(0));
  t.equal(senders.list().length, 4);
});

t.test('a storm begins with the 10th notification within 60 s', async (t) => {
  const watch = watchForStorms();
  hear(watch, every(6, 0, 9));
  t.equal(watch.current(after(48)), undefined);
  hear(watch, [60]);
  t.same(watch.current(after(60)), {
    since: after(0),
    notifications: 10,
    cause: { ...flyway, notifications: 10, firstAt: after(0), lastAt: after(60) },
  });
});

t.test('what comes more slowly is none, however long it goes on', async (t) => {
  const watch = watchForStorms();
  for (const second of every(6.7, 0, 1_000)) {
    hear(watch, [second]);
    t.equal(watch.current(after(second)), undefined);
  }
});

t.test('it is over when a minute passed below that, and one that ebbs and swells is one', async (t) => {
  const watch = watchForStorms();
  hear(watch, every(1, 0, 20));
  // From second 70 on, fewer than ten were heard in the last minute.
  t.match(watch.current(after(129)), { since: after(0), notifications: 20 });
  t.equal(watch.current(after(130)), undefined);

  hear(watch, every(1, 100, 10));
  t.match(watch.current(after(200)), { since: after(0), notifications: 30 }, 'it swelled before it was over');
  t.match(watch.current(after(219)), { since: after(0) });
  t.equal(watch.current(after(220)), undefined);

  hear(watch, [300]);
  t.equal(watch.current(after(300)), undefined, 'one more makes no storm');
  hear(watch, every(1, 400, 10));
  t.match(watch.current(after(410)), { since: after(400), notifications: 10 }, 'a new one counts anew');
});

t.test('notifications of one moment are told apart by nothing but their number', async (t) => {
  const watch = watchForStorms();
  hear(watch, Array(500).fill(7));
  t.match(watch.current(after(7)), { since: after(7), notifications: 500 });
});

t.test('its cause is who sends most, of those that are known', async (t) => {
  const watch = watchForStorms();
  hear(watch, every(1, 0, 4), psql);
  hear(watch, every(1, 4, 20), unknownSender);
  hear(watch, every(1, 24, 6), flyway);
  t.match(watch.current(after(30)), { notifications: 30, cause: { ...flyway, notifications: 6 } });

  const dark = watchForStorms();
  hear(dark, every(1, 0, 10), unknownSender);
  t.match(dark.current(after(10)), { cause: { ...unknownSender, notifications: 10 } });
});

t.test('it is explained by its cause', async (t) => {
  const explain = (sender: Sender, isGated = false) => {
    const cause = { ...sender, notifications: 36, firstAt: after(0), lastAt: after(9) };
    return explainStorm({ since: after(0), notifications: 40, cause }, isGated);
  };
  t.match(explain(flyway), /^36 of 40 .* from role migrator with application_name flyway\./);
  t.match(explain(flyway), /pgrst\.db_schemas.*RELOAD_MODE=gated.*GET \/trigger\/status/);
  t.notMatch(explain(flyway, true), /RELOAD_MODE/);
  t.match(explain(flyway, true), /gate.*GET \/trigger\/status/);
  t.match(explain({ role: 'app', applicationName: '' }), /role app, without an application_name/);
  t.match(explain(unknownSender), /had ended before/);
  t.match(explain({ role: 'ops', applicationName: 'pgrst-ops' }), /another copy of pgrst-ops .*GET \/schema\/reloads/);
});
