import t, { type Test } from 'tap';
import { appOn, connect } from '../helper.js';
import { databaseFor, loginFor } from '../support/database.js';

interface Other {
  kind: string;
  reloads: string;
  trigger: { name: string };
  evidence: string;
}

const notifies = `returns void language sql as $$ select pg_notify('pgrst', '') $$`;

/** What the status says of `triggers`, which run PL/pgSQL, by name; the stranger owns the schema `shady`. */
async function othersAfter(
  t: Test,
  sql: string,
  triggers: Record<string, string>,
  settings: Record<string, string> = {},
) {
  const database = await databaseFor(t);
  const stranger = await loginFor(database.databaseUrl);
  const client = await connect(t, database.databaseUrl);
  await client.query(`set check_function_bodies = off; create schema shady authorization ${stranger.name}`);
  await client.query(sql);
  for (const [name, body] of Object.entries(triggers)) {
    const set = settings[name] === undefined ? '' : `set search_path = ${settings[name]}`;
    await client.query(`create function public.${name}() returns event_trigger language plpgsql ${set}
      as $f$ begin ${body} end $f$`);
  }
  // They come last, disabled: they would fire at what follows.
  for (const name of Object.keys(triggers)) {
    await client.query(`create event trigger ${name} on ddl_command_end execute function public.${name}();
      alter event trigger ${name} disable`);
  }
  const answer = await (await appOn(t, database)).inject('/trigger/status');
  t.equal(answer.statusCode, 200);
  const others: Other[] = answer.json().others;
  return Object.fromEntries(others.map((other) => [other.trigger.name, other]));
}

t.test('only functions that a call can reach are read', async (t) => {
  const sql = `
    create schema tools; create schema other;
    create function tools.helper() ${notifies}; create function other.helper() ${notifies};
    create function other.only_there() ${notifies}; create function other.now() ${notifies};
    create function shady.tell() ${notifies}; create function shady.now() ${notifies};
    create function shady.pg_event_trigger_ddl_commands() ${notifies};
    create function public.format() ${notifies};
    create function tools.inner() returns void language sql as $$ select helper() $$`;
  const triggers = {
    names_it: 'perform shady.tell();',
    does_not: 'perform tell();',
    builtin: `perform now(), format('x'), * from pg_event_trigger_ddl_commands();`,
    builtin_by_path: 'perform now();',
    by_path: 'perform helper();',
    not_on_path: 'perform only_there();',
    somewhere: 'perform only_there();',
    shadowing: 'perform now();',
    inherits: 'perform tools.inner();',
  };
  const settings = {
    names_it: `''`,
    builtin_by_path: 'other, shady',
    by_path: 'tools, pg_temp',
    not_on_path: 'tools',
    shadowing: 'other, pg_catalog',
    inherits: 'tools',
  };
  const others = await othersAfter(t, sql, triggers, settings);
  const found = Object.values(others).map(({ trigger, reloads }) => [trigger.name, reloads]);
  t.same(
    found,
    ['by_path', 'inherits', 'names_it', 'shadowing', 'somewhere'].map((name) => [name, 'yes']),
  );
});

t.test('what strangers write keeps nobody from an answer about the others', async (t) => {
  const written = (name: string, code: string) =>
    `create function public.${name}() returns void language plpgsql as $f$ begin ${code} end $f$;`;
  const overloads = Array.from({ length: 250 }, (_, i) => {
    const parameters = Array.from({ length: 8 }, (_, bit) => ((i >> bit) % 2 === 0 ? 'int' : 'text'));
    return `create function public.many(${parameters}) returns void language sql as 'select 1';`;
  });
  const chain = Array.from({ length: 30 }, (_, i) => written(`link${i + 1}`, `perform public.link${i}();`));
  const cross = Array.from({ length: 12 }, (_, i) => Array.from({ length: 12 }, (_, j) => `v${i} := v${j}; `).join(''));
  const sql = [
    written('deep', 'a('.repeat(20_000)),
    written('crossed', `${cross.join('')} execute v0;`),
    written('huge', 'a '.repeat(30_000)),
    written('link0', 'notify pgrst;'),
    ...chain,
    ...overloads,
  ].join('\n');
  const others = await othersAfter(t, sql, {
    plain: 'notify pgrst; perform deep(); perform huge();',
    near: 'perform link3();',
    far: 'perform link30();',
    overloaded: 'perform many();',
    crosses: 'perform crossed();',
    too_long: 'perform huge();',
    silent: 'perform deep();',
    ...Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`long${i}`, `${' '.repeat(i)}${'b('.repeat(20_000)}`])),
  });
  t.match(others, {
    plain: { reloads: 'yes' },
    near: { reloads: 'yes' },
    far: { kind: 'may_notify', evidence: /not all that it calls was read/ },
    overloaded: { kind: 'may_notify', evidence: /not all that it calls was read/ },
    crosses: { kind: 'may_notify', evidence: /^public\.crossed\(\): execute v0$/ },
    too_long: { kind: 'may_notify', evidence: /^public\.huge\(\): its code is too long/ },
  });
  t.notOk('silent' in others);
});
