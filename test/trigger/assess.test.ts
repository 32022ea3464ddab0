import t from 'tap';
import type { RoleSetting } from '../../src/model/role-settings.js';
import { assessTrigger } from '../../src/trigger/assess.js';
import type { EventTrigger, TriggerFacts } from '../../src/trigger/inspect.js';
import { knowledgeOf } from '../../src/trigger/knowledge.js';
import { migration, names } from '../../src/trigger/migration.js';
import { judgePlatform } from '../../src/trigger/platform.js';
import type { PostgrestSide } from '../../src/trigger/problems.js';

const ours = (name: string, owner = 'postgres', ownerIsSuperuser = true): EventTrigger => ({
  name,
  event: name === names.onDrop ? 'sql_drop' : 'ddl_command_end',
  enabled: 'always',
  tags: null,
  owner,
  ownerIsSuperuser,
  functionSchema: names.schema,
  functionName: names.function,
  functionOwner: owner,
  source: migration.functionBody,
  language: 'plpgsql',
  settings: ['search_path=pg_catalog, pg_temp'],
  securityDefiner: false,
});
const facts: TriggerFacts = {
  eventTriggers: [ours(names.onChange), ours(names.onDrop)],
  sendings: new Map(),
  database: 'app',
  isStandby: false,
  eventTriggersOn: true,
  maxPreparedTransactions: 0,
  settings: [],
  role: 'postgres',
  isSuperuser: true,
  supautilsPrivilegedRole: null,
  supautilsReservedRoles: null,
  adminRoles: [],
};
const set = (name: string, value: string, role: string | null = 'authenticator', inDatabase = false): RoleSetting => ({
  role,
  inDatabase,
  name,
  value,
});
const postgrest: PostgrestSide = { channel: 'pgrst', exposedSchemas: ['public', 'api'] };

t.test('who may install is told from catalog facts', async (t) => {
  const ops = { ...facts, role: 'ops', isSuperuser: false };
  const supabase = { ...facts, isSuperuser: false, supautilsPrivilegedRole: 'postgres' };
  const cases: [title: string, facts: TriggerFacts, platform: object][] = [
    ['a superuser', facts, { name: 'postgresql', mayInstall: true, reason: /postgres is a superuser/ }],
    ['not a superuser', ops, { name: 'postgresql', mayInstall: false, reason: /ops is not a superuser/ }],
    ['a standby', { ...facts, isStandby: true }, { mayInstall: false, reason: /standby.*primary/ }],
    ['postgres on Supabase', supabase, { name: 'supabase', mayInstall: true }],
    [
      'another role on Supabase',
      { ...supabase, role: 'authenticator' },
      { name: 'supabase', mayInstall: false, reason: /lets postgres/ },
    ],
    [
      'the master user on RDS',
      { ...ops, role: 'master', adminRoles: [{ name: 'rds_superuser', isOurs: true }] },
      { name: 'rds', mayInstall: true, reason: /master is a member of rds_superuser/ },
    ],
    [
      'another role on RDS',
      { ...ops, adminRoles: [{ name: 'rds_superuser', isOurs: false }] },
      { name: 'rds', mayInstall: false, reason: /member of rds_superuser may/ },
    ],
    ['Neon', { ...ops, adminRoles: [{ name: 'neon_superuser', isOurs: true }] }, { name: 'neon', mayInstall: true }],
  ];
  for (const [title, given, expected] of cases) t.match(judgePlatform(given), expected, title);
});

t.test('on Supabase a trigger of postgres misses what reserved roles do, one of a superuser does not', async (t) => {
  const supabase = {
    ...facts,
    isSuperuser: false,
    supautilsPrivilegedRole: 'postgres',
    supautilsReservedRoles: 'supabase_admin,supabase_auth_admin',
  };
  const owned = (ownerIsSuperuser: boolean) => ({
    ...supabase,
    eventTriggers: [names.onChange, names.onDrop].map((name) => ours(name, 'postgres', ownerIsSuperuser)),
  });
  const missed = [/reserved roles \(supabase_admin,supabase_auth_admin\)/, /CREATE EXTENSION/];
  t.match(judgePlatform(owned(false)).misses, missed);
  t.same(judgePlatform(owned(true)).misses, []);
  t.match(judgePlatform({ ...supabase, eventTriggers: [] }).misses, missed);
  t.match(assessTrigger(owned(false), postgrest), { state: 'ok', platform: { name: 'supabase' } });
  t.ok(assessTrigger(owned(false), postgrest).misses.some((miss) => /reserved roles/.test(miss)));
});

t.test('the trigger knows what roles and the database are set to', async (t) => {
  t.same(knowledgeOf([]), { exposedSchemas: null, channels: ['pgrst'], silencers: [] });
  const settings = [
    set('pgrst.db_schemas', ' public ,\n api'),
    set('pgrst.db_schemas', 'api,other', 'second'),
    set('pgrst.db_channel', 'one'),
    set('pgrst.db_channel', 'one', null, true),
    set('pgrst.db_channel', 'two', 'second'),
    set('pgrst_ops.notify', 'on'),
  ];
  t.same(knowledgeOf(settings), {
    exposedSchemas: ['public', 'api', 'other'],
    channels: ['one', 'two'],
    silencers: [],
  });
});

t.test('its idea of the exposed schemas is compared with that of PostgREST', async (t) => {
  const told = (...settings: RoleSetting[]) => assessTrigger({ ...facts, settings }, postgrest);
  t.match(told(), {
    state: 'ok',
    warnings: [{ code: 'schemas_unknown', remedy: `alter database "app" set pgrst.db_schemas = 'public, api'` }],
  });
  t.match(told(set('pgrst.db_schemas', 'api, public')), { state: 'ok', problems: [], warnings: [] });
  t.match(told(set('pgrst.db_schemas', 'api')), {
    state: 'other_schemas',
    problems: [{ detail: /exposes public/, remedy: `alter database "app" set pgrst.db_schemas = 'public, api'` }],
    warnings: [],
  });
  t.match(told(set('pgrst.db_schemas', 'api, public, private')), {
    state: 'ok',
    warnings: [{ code: 'more_schemas', detail: /private/ }],
  });
  const unasked = { channel: 'pgrst', exposedSchemas: undefined };
  t.match(assessTrigger({ ...facts, settings: [set('pgrst.db_schemas', 'api')] }, unasked), {
    state: 'ok',
    warnings: [],
  });
  t.match(assessTrigger(facts, unasked).warnings, [{ code: 'schemas_unknown', remedy: /<the exposed schemas>/ }]);
});

t.test('what PostgREST does not read, or another place overrides, is told with the place that wins', async (t) => {
  const told = (...settings: RoleSetting[]) =>
    assessTrigger({ ...facts, settings }, { channel: 'pgrst', exposedSchemas: ['public'] });
  const schemas = (value: string, ...where: [role?: string | null, inDatabase?: boolean]) =>
    set('pgrst.db_schemas', value, ...where);
  t.match(told(schemas('public', 'auth_p', true), schemas('public, api', 'auth_p')).warnings, [
    {
      code: 'more_schemas',
      detail: /set for role auth_p is overridden for role auth_p in database "app"/,
      remedy: `to have PostgREST expose them: alter role auth_p in database "app" set pgrst.db_schemas = 'public, api', then POST /schema/reload with {"config": true}; or, where that is not meant: alter role auth_p set pgrst.db_schemas = 'public'`,
    },
  ]);
  t.match(told(schemas('public, api', 'auth_p', true), schemas('public', 'auth_p')).warnings, [
    {
      detail: /^[^.]*\.$/,
      remedy: /take it up: POST \/schema\/reload.*not meant: alter role auth_p in database "app" set [^=]*= 'public'$/,
    },
  ]);
  t.match(told(schemas('public', 'auth_p'), schemas('public, api', null, true)).warnings, [
    {
      detail: /does not read what is set for database "app"/,
      remedy: /add them to its db-schemas.*: alter database "app" set pgrst.db_schemas = 'public'$/,
    },
  ]);
  t.match(told(schemas('public', 'Odd "role"'), schemas('api', null)).warnings, [
    { remedy: /: alter role all reset pgrst.db_schemas$/ },
  ]);
  t.same(told(schemas('public', 'a', true), schemas('public', 'a')).warnings, []);
});

t.test('a switched off Data API is told as that', async (t) => {
  const off = 'pg_pgrst_no_exposed_schemas';
  const told = (settings: RoleSetting[], exposedSchemas: string[] | undefined, installed = facts.eventTriggers) =>
    assessTrigger({ ...facts, eventTriggers: installed, settings }, { channel: 'pgrst', exposedSchemas });
  const nothing = {
    code: 'nothing_exposed',
    detail: /Data API.*exposes nothing/,
    remedy: /^alter role authenticator in database "app" set pgrst.db_schemas = '<the schemas to expose>', then POST/,
  };
  const inDatabase = set('pgrst.db_schemas', off, 'authenticator', true);
  t.match(told([inDatabase], [off]), { state: 'ok', warnings: [nothing] });
  t.equal(told([inDatabase], [off]).warnings.length, 1);
  t.match(told([inDatabase, set('pgrst.db_schemas', 'public')], undefined).warnings[0], nothing);
  t.match(told([inDatabase], ['public']).warnings, [nothing]);
  t.match(told([inDatabase], [off], []), { state: 'missing', warnings: [nothing] });
  t.match(told([], [off]).warnings, [
    { code: 'nothing_exposed', remedy: /^set db-schemas \(PGRST_DB_SCHEMAS\)/ },
    { code: 'schemas_unknown', remedy: /<the exposed schemas>/ },
  ]);
  const overridden = [set('pgrst.db_schemas', off), set('pgrst.db_schemas', 'public', 'authenticator', true)];
  t.same(told(overridden, ['public']).warnings, []);
});

t.test('a setting that silences it is a problem, prepared transactions are a warning', async (t) => {
  const silenced: [RoleSetting, string][] = [
    [set('pgrst_ops.notify', 'off', null, true), 'alter database "app" reset pgrst_ops.notify'],
    [set('pgrst_ops.notify', 'off', 'app_owner'), 'alter role app_owner reset pgrst_ops.notify'],
    [set('pgrst_ops.notify', 'sent', 'a', true), 'alter role a in database "app" reset pgrst_ops.notify'],
    [set('pgrst_ops.notify', 'off', null), 'alter role all reset pgrst_ops.notify'],
  ];
  for (const [setting, remedy] of silenced) {
    t.match(assessTrigger({ ...facts, settings: [setting] }, postgrest), { state: 'silenced', problems: [{ remedy }] });
  }
  const codesOf = (...settings: RoleSetting[]) =>
    assessTrigger({ ...facts, settings }, postgrest).problems.map(({ remedy }) => remedy);
  const off = (...where: [role?: string | null, inDatabase?: boolean]) => set('pgrst_ops.notify', 'off', ...where);
  const on = (...where: [role?: string | null, inDatabase?: boolean]) => set('pgrst_ops.notify', 'on', ...where);
  t.same(codesOf(off('a'), on('a', true)), [], 'overridden in this database');
  t.same(codesOf(off(null), on(null, true)), [], 'and for all');
  t.same(codesOf(on('a'), off('a', true)), ['alter role a in database "app" reset pgrst_ops.notify']);
  t.same(
    codesOf(off('a'), off('a', true)),
    ['alter role a in database "app" reset pgrst_ops.notify', 'alter role a reset pgrst_ops.notify'],
    'what would win next silences it too',
  );
  t.same(codesOf(on('a'), off(null, true)), ['alter database "app" reset pgrst_ops.notify'], 'for the others');
  const { state, warnings } = assessTrigger({ ...facts, maxPreparedTransactions: 5 }, postgrest);
  t.equal(state, 'ok');
  t.match(warnings[1], { code: 'prepared_transactions', detail: /is 5/, remedy: /set local pgrst_ops\.notify = off/ });
});

t.test('what no event trigger sees is named, and what the rules of this version leave out', (t) => {
  const missesOf = (eventTriggers: EventTrigger[]) =>
    assessTrigger({ ...facts, eventTriggers }, postgrest).misses.join('\n');
  t.match(missesOf(facts.eventTriggers), /REASSIGN OWNED.*db-pre-config/s);
  t.match(missesOf([]), /REASSIGN OWNED/);
  t.notMatch(missesOf([]), /db-pre-config/);
  t.end();
});
