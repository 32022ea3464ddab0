import type pg from 'pg';

/** DDL whose effect a client can see. */
export interface Change {
  what: string;
  sql: string;
  /** What an instance says to a client, and what it says once it has loaded the change, and not before. */
  ask(url: string): Promise<string>;
  served: string;
}

interface Kind {
  what: string;
  /** What has to be there before, for each number. */
  before?: (n: number) => string;
  sql: (n: number) => string;
  ask: (url: string, n: number) => Promise<string>;
  served: string;
}

// One that hangs is to fail the test, not to hold it up.
const answerTimeoutMs = 30_000;

/** The status of an answer, and PostgREST's or PostgreSQL's code of an error. */
async function outcomeOf(response: Response): Promise<string> {
  const body = await response.text();
  const code = response.ok || body === '' ? undefined : JSON.parse(body).code;
  return [response.status, code].filter((part) => part !== undefined).join(' ');
}

const insert = (url: string, table: string, row: object, { columns = Object.keys(row).join(), prefer = '' } = {}) =>
  fetch(`${url}/${table}?columns=${columns}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', prefer },
    body: JSON.stringify([row]),
    signal: AbortSignal.timeout(answerTimeoutMs),
  });

const get = (url: string) => fetch(url, { signal: AbortSignal.timeout(answerTimeoutMs) });

const kinds: Kind[] = [
  {
    what: 'a new column',
    sql: (n) => `alter table things add column new_${n} int`,
    ask: async (url, n) => outcomeOf(await insert(url, 'things', { [`new_${n}`]: 1 })),
    served: '201',
  },
  {
    what: 'a new table',
    sql: (n) => `create table table_${n} (label text); grant insert on table_${n} to anon`,
    ask: async (url, n) => outcomeOf(await insert(url, `table_${n}`, { label: 'first' })),
    served: '201',
  },
  {
    what: 'a dropped column',
    before: (n) => `alter table things add column dropped_${n} int`,
    sql: (n) => `alter table things drop column dropped_${n}`,
    // PostgREST's error once it has loaded, PostgreSQL's before.
    ask: async (url, n) => outcomeOf(await insert(url, 'things', { [`dropped_${n}`]: 1 })),
    served: '400 PGRST204',
  },
  {
    what: 'a new function',
    sql: (n) => `create function function_${n}() returns int language sql as 'select 1'`,
    ask: async (url, n) => outcomeOf(await get(`${url}/rpc/function_${n}`)),
    served: '200',
  },
  {
    what: 'a dropped function',
    before: (n) => `create function gone_${n}() returns int language sql as 'select 1'`,
    sql: (n) => `drop function gone_${n}()`,
    ask: async (url, n) => outcomeOf(await get(`${url}/rpc/gone_${n}`)),
    served: '404 PGRST202',
  },
  {
    what: 'a changed type',
    before: (n) => `alter table things add column typed_${n} int`,
    sql: (n) => `alter table things alter column typed_${n} type text`,
    // PostgREST casts to the type that it has cached.
    ask: async (url, n) => outcomeOf(await insert(url, 'things', { [`typed_${n}`]: 'no number' })),
    served: '201',
  },
  {
    what: 'a changed default',
    before: (n) => `alter table things add column filled_${n} text default 'old'`,
    sql: (n) => `alter table things alter column filled_${n} set default 'new'`,
    async ask(url, n) {
      const column = `filled_${n}`;
      const prefer = 'missing=default,return=representation';
      const response = await insert(url, 'things', {}, { columns: column, prefer });
      return response.ok
        ? (((await response.json()) as Record<string, string>[])[0]?.[column] ?? '')
        : outcomeOf(response);
    },
    served: 'new',
  },
  {
    what: 'a new foreign key',
    before: (n) => `alter table things add column parent_${n} int`,
    sql: (n) => `alter table things add constraint parent_${n}_key foreign key (parent_${n}) references parents`,
    ask: async (url, n) => outcomeOf(await get(`${url}/things?select=parents!parent_${n}_key(id)&limit=1`)),
    served: '200',
  },
  {
    what: 'a foreign key under views',
    before: (n) => `alter table private.books add column author_${n} int`,
    sql: (n) =>
      `alter table private.books add constraint author_${n}_key foreign key (author_${n}) references private.authors`,
    ask: async (url, n) => outcomeOf(await get(`${url}/books?select=authors!author_${n}_key(id)&limit=1`)),
    served: '200',
  },
];

/** Makes what `count` changes need, in a database that has none of it. */
export async function prepareChanges(database: pg.Client, count: number): Promise<void> {
  await database.query(`
    create table parents (id int primary key);
    create table things (id bigint generated always as identity primary key);
    create schema private;
    create table private.authors (id int primary key);
    create table private.books (id int primary key);
    grant select on parents to anon`);
  for (let n = 0; n < count; n++) {
    const before = kindOf(n).before?.(n);
    if (before !== undefined) await database.query(before);
  }
  await database.query(`
    create view authors as select * from private.authors;
    create view books as select * from private.books;
    grant select, insert on things, authors, books to anon;
    notify pgrst, 'reload schema'`);
}

/** The change with the number `n`: one kind after the other. */
export function changeOf(n: number): Change {
  const { what, sql, ask, served } = kindOf(n);
  return { what, sql: sql(n), ask: (url) => ask(url, n), served };
}

function kindOf(n: number): Kind {
  const kind = kinds[n % kinds.length];
  if (kind === undefined) throw new Error(`No change has the number ${n}.`);
  return kind;
}
