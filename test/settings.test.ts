import { join } from 'node:path';
import t from 'tap';
import { isLoopback } from '../src/loopback.js';
import { readSettings, type Settings, SettingsError } from '../src/settings.js';

const own = { DATABASE_URL: 'postgres://db.example/app', POSTGREST_URLS: 'http://rest.example:3000' };
const jwtOf = (claims: object) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`;

/** The lines that `env` is refused with; none where it is accepted. */
function mistakesIn(env: NodeJS.ProcessEnv, dotenv = ''): string[] {
  try {
    readSettings(env, dotenv);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.mistakes;
    throw error;
  }
}

// Values that the settings do not take.
const unreadable: Record<string, string[]> = {
  PORT: ['abc', '-1', '65536', '80.5', '1e3', '80 81', 'Infinity'],
  LOG_LEVEL: ['loud', 'INFO'],
  RELOAD_MODE: ['sometimes'],
  WATCH: ['on'],
  WATCH_INTERVAL_SECONDS: ['0', '0.09', '-1', '86401', 'often'],
  SANDBOX_POSTGRES_PORT: ['0', 'abc', '65536'],
  SANDBOX_POSTGREST_PORT: ['0', 'abc', '65536'],
  POSTGREST_URLS: [
    'rest.example:3000',
    'ftp://rest.example',
    'http://',
    'http://a,b',
    'dns+https://rest.example',
    'http://a?key=k',
    'http://a#k',
  ],
  POSTGREST_ADMIN_URLS: ['rest.example:3001', 'dns+http://rest.example'],
  PGRST_DB_CHANNEL: ['x'.repeat(64), 'ü'.repeat(40)],
};
t.test('without settings: the sandbox, on loopback', async (t) => {
  t.strictSame(readSettings({}), {
    databaseUrl: undefined,
    instances: [],
    jwt: undefined,
    apiKey: undefined,
    schemas: undefined,
    extraSearchPath: undefined,
    channel: 'pgrst',
    role: undefined,
    host: '127.0.0.1',
    port: 8080,
    tokens: [],
    reloadMode: 'direct',
    watch: 'off',
    watchIntervalMs: 30_000,
    logLevel: 'info',
    sandbox: { postgresPort: undefined, postgrestPort: undefined, postgrestBinary: undefined },
  });
});

const parsed: [NodeJS.ProcessEnv, Partial<Settings> | { sandbox: Partial<Settings['sandbox']> }][] = [
  [own, { databaseUrl: 'postgres://db.example/app', instances: [{ url: 'http://rest.example:3000' }] }],
  [
    { ...own, DATABASE_URL: 'postgresql://u:p%40ss@[::1]:5433/app' },
    { databaseUrl: 'postgresql://u:p%40ss@[::1]:5433/app' },
  ],
  [
    { ...own, POSTGREST_URLS: ' http://a:3000/ , https://b/api/ ,' },
    { instances: [{ url: 'http://a:3000' }, { url: 'https://b/api' }] },
  ],
  [{ ...own, POSTGREST_URLS: 'dns+http://rest:3000' }, { instances: [{ url: 'dns+http://rest:3000' }] }],
  [
    { ...own, POSTGREST_URLS: 'http://a:3000,http://b:3000', POSTGREST_ADMIN_URLS: 'http://a:3001/,http://b:3001' },
    {
      instances: [
        { url: 'http://a:3000', adminUrl: 'http://a:3001' },
        { url: 'http://b:3000', adminUrl: 'http://b:3001' },
      ],
    },
  ],
  [{ POSTGREST_JWT: jwtOf({ role: 'web_user' }) }, { jwt: jwtOf({ role: 'web_user' }), role: 'web_user' }],
  [{ POSTGREST_JWT: jwtOf({ sub: 'someone' }), PGRST_DB_ANON_ROLE: 'web_anon' }, { role: undefined }],
  [{ POSTGREST_API_KEY: 'k3y' }, { apiKey: 'k3y' }],
  [{ PGRST_DB_SCHEMAS: 'api, "Odd Name",tenant' }, { schemas: ['api', '"Odd Name"', 'tenant'] }],
  [{ PGRST_DB_CHANNEL: 'Other Channel' }, { channel: 'Other Channel' }],
  [{ PGRST_DB_ANON_ROLE: 'web_anon' }, { role: 'web_anon' }],
  [
    { HOST: '::1', PORT: '0' },
    { host: '::1', port: 0 },
  ],
  [{ PORT: '65535' }, { port: 65_535 }],
  [{ LOG_LEVEL: 'silent' }, { logLevel: 'silent' }],
  [{ LOG_LEVEL: 'debug' }, { logLevel: 'debug' }],
  [{ SANDBOX_POSTGRES_PORT: '5555' }, { sandbox: { postgresPort: 5555 } }],
  [{ SANDBOX_POSTGREST_PORT: '3333' }, { sandbox: { postgrestPort: 3333 } }],
  [{ POSTGREST_BIN: '/opt/postgrest' }, { sandbox: { postgrestBinary: '/opt/postgrest' } }],
  [{ RELOAD_MODE: 'direct', WATCH: 'off', WATCH_INTERVAL_SECONDS: '2.5' }, { watchIntervalMs: 2_500 }],
  [
    { RELOAD_MODE: 'gated', WATCH: 'heal' },
    { reloadMode: 'gated', watch: 'heal' },
  ],
  [
    { WATCH: 'verify', WATCH_INTERVAL_SECONDS: '0.1' },
    { watch: 'verify', watchIntervalMs: 100 },
  ],
];
for (const [env, expected] of parsed) {
  t.test(`read: ${JSON.stringify(env)}`, async (t) => {
    t.match(readSettings(env), expected);
  });
}

t.test('tokens come from API_TOKENS and API_TOKENS_FILE together', async (t) => {
  const dir = t.testdir({ tokens: 'ci:reload:from-a-file-0123456789\nadmin:manage:from-a-file-9876543210\n' });
  const env = { API_TOKENS: 'monitor:read:0123456789abcdef', API_TOKENS_FILE: join(dir, 'tokens') };
  const scopes = readSettings(env).tokens.map(({ name, scope }) => `${name}:${scope}`);
  t.strictSame(scopes, ['monitor:read', 'ci:reload', 'admin:manage']);
});

t.test('a token file without any token does not open the service to everybody', async (t) => {
  const dir = t.testdir({ tokens: '\n' });
  t.match(mistakesIn({ ...own, API_TOKENS_FILE: join(dir, 'tokens') }), [/^API_TOKENS_FILE: no entry/]);
});

t.test('the environment wins over .env, which fills what is not there', async (t) => {
  const dotenv = ['# ours', 'PORT=9000', 'HOST="::1"', "PGRST_DB_CHANNEL='from file'", 'PGRST_DB_URI=x'].join('\n');
  t.match(readSettings({ PORT: '9001' }, dotenv), { port: 9001, host: '::1', channel: 'from file' });
});

t.test('an empty value counts as not set', async (t) => {
  const empty = Object.fromEntries(
    [...Object.keys(unreadable), ...Object.keys(own), 'API_TOKENS', 'POSTGREST_JWT'].map((name) => [name, '']),
  );
  t.strictSame(readSettings(empty), readSettings({}));
  t.strictSame(readSettings({}, 'PORT=\nDATABASE_URL=""'), readSettings({}));
});

t.test('the result is frozen through and through', async (t) => {
  const env = {
    ...own,
    POSTGREST_ADMIN_URLS: 'http://a',
    PGRST_DB_SCHEMAS: 'api',
    API_TOKENS: 'ci:read:0123456789abcdef',
  };
  const thawed: string[] = [];
  const visit = (path: string, value: unknown) => {
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return;
    if (!Object.isFrozen(value)) thawed.push(path);
    for (const [name, inner] of Object.entries(value)) visit(`${path}.${name}`, inner);
  };
  visit('settings', readSettings(env));
  t.strictSame(thawed, []);
});

for (const [name, values] of Object.entries(unreadable)) {
  for (const value of values) {
    t.test(`refused with one line: ${name}=${value}`, async (t) => {
      const lines = mistakesIn({ ...own, [name]: value });
      t.equal(lines.length, 1);
      t.ok(lines[0]?.startsWith(`${name}: got "${value}", takes `), lines.join());
    });
  }
}

t.test('refused with one line that does not show the value: settings that hold secrets', async (t) => {
  for (const [name, value] of [
    ['DATABASE_URL', 'mysql://db.example/app'],
    ['DATABASE_URL', 'db.example'],
    ['DATABASE_URL', 'postgres://u:p@ss/word@db.example/app'],
    ['POSTGREST_JWT', 'two\nlines'],
    ['POSTGREST_API_KEY', 'two\nlines'],
  ] as const) {
    const lines = mistakesIn({ ...own, [name]: value });
    t.equal(lines.length, 1, `one line for ${name}`);
    t.match(lines[0] ?? '', new RegExp(`^${name}: got a value that is not shown here, takes .`));
  }
});

const contradictions: Record<string, [NodeJS.ProcessEnv, RegExp]> = {
  'a database without PostgREST': [{ DATABASE_URL: own.DATABASE_URL }, /^POSTGREST_URLS: not set, takes .*http/],
  'PostgREST without a database': [{ POSTGREST_URLS: own.POSTGREST_URLS }, /^DATABASE_URL: not set, takes .*postgres/],
  'no PostgREST between the commas': [{ ...own, POSTGREST_URLS: ' , ' }, /^POSTGREST_URLS: .*takes .*http/],
  'more admin servers than instances': [
    { ...own, POSTGREST_ADMIN_URLS: 'http://a:3001,http://b:3001' },
    /^POSTGREST_ADMIN_URLS: got 2, takes .*1/,
  ],
  'fewer admin servers than instances': [
    { ...own, POSTGREST_URLS: 'http://a,http://b', POSTGREST_ADMIN_URLS: 'http://a:3001' },
    /^POSTGREST_ADMIN_URLS: got 1, takes .*2/,
  ],
  'an admin server for a name that stands for many': [
    { ...own, POSTGREST_URLS: 'dns+http://rest:3000', POSTGREST_ADMIN_URLS: 'http://rest:3001' },
    /^POSTGREST_ADMIN_URLS: .*takes .*dns\+http/,
  ],
  'two tokens of one name': [
    { ...own, API_TOKENS: 'ci:read:0123456789abcdef,ci:manage:fedcba9876543210' },
    /^API_TOKENS: .*\bci\b.*takes/,
  ],
  'a list of tokens without any': [{ ...own, API_TOKENS: ' , ' }, /^API_TOKENS: no entry, takes name:scope:token/],
  'a token with a space': [{ ...own, API_TOKENS: 'ci:read: 0123456789abcdef' }, /^API_TOKENS: entry 1 .*spaces/],
  'two entries with one token': [
    { ...own, API_TOKENS: 'ci:read:0123456789abcdef,deploy:reload:0123456789abcdef' },
    /^API_TOKENS: two entries have the same token, takes/,
  ],
  'a token file that is not there': [
    { ...own, API_TOKENS_FILE: '/nowhere/tokens' },
    /^API_TOKENS_FILE: .*\/nowhere\/tokens/,
  ],
  'a token file that is a folder': [{ ...own, API_TOKENS_FILE: '/' }, /^API_TOKENS_FILE: /],
  'an entry that is no token': [{ ...own, API_TOKENS: 'nonsense' }, /^API_TOKENS: .*takes name:scope:token/],
  'all addresses without tokens': [
    { ...own, HOST: '0.0.0.0' },
    /^HOST: got .*0\.0\.0\.0.*, takes .*127\.0\.0\.1.*API_TOKENS/,
  ],
};
for (const [mistake, [env, line]] of Object.entries(contradictions)) {
  t.test(`refused with one line: ${mistake}`, async (t) => {
    const lines = mistakesIn(env);
    t.equal(lines.length, 1);
    t.match(lines[0] ?? '', line);
  });
}

t.test('a mistake is not told twice: tokens that do not parse are not missing', async (t) => {
  for (const tokens of [{ API_TOKENS: 'nonsense' }, { API_TOKENS_FILE: '/nowhere/tokens' }]) {
    t.match(mistakesIn({ ...own, HOST: '0.0.0.0', ...tokens }), [/^API_TOKENS/]);
    t.equal(mistakesIn({ ...own, HOST: '0.0.0.0', ...tokens }).length, 1);
  }
});

t.test('every mistake is told at once, on a line of its own', async (t) => {
  const lines = mistakesIn(
    { DATABASE_URL: own.DATABASE_URL, PORT: 'x', API_TOKENS: 'nonsense', POSTGREST_URL: own.POSTGREST_URLS },
    'LOG_LEVEL=loud',
  );
  t.strictSame(lines.map((line) => line.split(':')[0]).sort(), [
    'API_TOKENS',
    'LOG_LEVEL',
    'PORT',
    'POSTGREST_URL',
    'POSTGREST_URLS',
  ]);
  t.notMatch(lines.join(''), /\n/);
});

const misspelt = {
  API_TOKEN: 'API_TOKENS',
  API_TOKEN_FILE: 'API_TOKENS_FILE',
  DATABASE_URI: 'DATABASE_URL',
  POSTGREST_URL: 'POSTGREST_URLS',
  PORTS: 'PORT',
  LOGLEVEL: 'LOG_LEVEL',
  PGRST_DB_SCHEMA: 'PGRST_DB_SCHEMAS',
  PGRST_DB_CHANEL: 'PGRST_DB_CHANNEL',
  PGRST_DB_ANON_ROLES: 'PGRST_DB_ANON_ROLE',
};
for (const [name, meant] of Object.entries(misspelt)) {
  t.test(`refused as misspelt: ${name}`, async (t) => {
    const lines = mistakesIn({ [name]: 'x' });
    t.equal(lines.length, 1);
    t.match(lines[0] ?? '', new RegExp(`^${name}: .*\\b${meant}\\b`));
    t.strictSame(mistakesIn({}, `${name}=x`), lines, 'in .env too');
  });
}

t.test('names of other programs are none of our business', async (t) => {
  const others =
    'PATCH BATCH POST HOME HOSTNAME HOSTTYPE LANG LOGNAME MAIL OLDPWD PATH PWD SHELL SHLVL TERM TZ USER NODE_ENV NODE_OPTIONS PGHOST ' +
    'PGPORT PGUSER PGPASSWORD PGDATABASE POSTGRES_PASSWORD PGRST_DB_URI PGRST_DB_CHANNEL_ENABLED PGRST_DB_POOL ' +
    'PGRST_DB_CONFIG PGRST_DB_TX_END PGRST_SERVER_HOST PGRST_SERVER_PORT PGRST_LOG_LEVEL PGRST_JWT_SECRET ' +
    'POSTGRES_URL PGRST_ADMIN_SERVER_PORT PGRST_APP_SETTINGS_X npm_package_name constructor __proto__';
  for (const name of others.split(' ')) t.strictSame(mistakesIn({ [name]: 'x' }), [], name);
});

const secret = 'hunter2';
const leaky: NodeJS.ProcessEnv[] = [
  { DATABASE_URL: `mysql://u:${secret}@db.example/app` },
  { DATABASE_URL: `u:${secret}@db.example` },
  { DATABASE_URL: `postgres://u:${secret}@db.example/app` },
  { DATABASE_URI: `postgres://u:${secret}@db.example/app` },
  { POSTGREST_URLS: `http://u:${secret}@rest.example` },
  { POSTGREST_URLS: `http://${secret}@rest.example` },
  { POSTGREST_URLS: `http://:${secret}@rest.example` },
  { POSTGREST_URLS: `http://u:p@${secret}@rest.example` },
  { POSTGREST_URLS: `http://u:p/${secret}@rest.example` },
  { POSTGREST_URLS: `http://a,dns+http://u:${secret}@rest.example` },
  { POSTGREST_ADMIN_URLS: `http://u:${secret}@rest.example` },
  { POSTGREST_JWT: `${secret}\n${secret}` },
  { POSTGREST_API_KEY: `${secret}\n${secret}` },
  { POSTGREST_JTW: secret, POSTGREST_API_KEYS: secret },
  { API_TOKENS: secret },
  { API_TOKENS: `ci:${secret}` },
  { API_TOKENS: `ci:write:${secret}` },
  { API_TOKENS: `ci:${secret}:read` },
  { API_TOKENS: `${secret}:ci:read` },
  { API_TOKENS: `ci:read:${secret},ci:read:${secret}-2` },
  { API_TOKENS_FILE: `ci:read:${secret}` },
  { API_TOKEN: `ci:read:${secret}` },
];
for (const env of leaky) {
  t.test(`no secret in what is said about ${JSON.stringify(env)}`, async (t) => {
    const beside = 'DATABASE_URL' in env ? {} : own;
    const lines = mistakesIn({ ...beside, ...env });
    t.not(lines.length, 0, 'it is a mistake');
    t.notMatch(lines.join('\n'), secret);
  });
}

t.test('only loopback may be listened on without tokens', async (t) => {
  const loopback = ['localhost', '127.0.0.1', '127.8.9.1', '::1', '0:0:0:0:0:0:0:1', '::ffff:127.0.0.1'];
  const reachable = [
    '0.0.0.0',
    '::',
    '10.0.0.1',
    'fe80::1',
    '1::1',
    'ops.example',
    '127.0.0.1.example',
    'localhost.example',
  ];
  for (const HOST of loopback) t.strictSame(mistakesIn({ ...own, HOST }), [], HOST);
  for (const HOST of reachable) {
    t.equal(isLoopback(HOST), false, HOST);
    t.match(mistakesIn({ ...own, HOST }), [/^HOST: /], `${HOST} without tokens`);
    t.strictSame(mistakesIn({ ...own, HOST, API_TOKENS: 'ci:read:0123456789abcdef' }), [], `${HOST} with a token`);
  }
});
