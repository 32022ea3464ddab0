import t from 'tap';
import { appOn, connect, sandboxFor } from '../helper.js';

// Written for this test after what PostgREST's documentation and Supabase publish: the same events, the same tests on
// the commands, other names.
const simple = `
create function public.pgrst_watch() returns event_trigger language plpgsql as $$
begin
  NOTIFY pgrst, 'reload schema';
end $$;
create event trigger pgrst_watch on ddl_command_end execute function public.pgrst_watch();`;

const pair = (schema: string) => `
create function ${schema}.watch_ddl() returns event_trigger language plpgsql as $$
declare cmd record;
begin
  for cmd in select * from pg_event_trigger_ddl_commands() loop
    if cmd.command_tag in ('CREATE TABLE', 'ALTER TABLE') and cmd.schema_name is distinct from 'pg_temp' then
      notify pgrst, 'reload schema';
    end if;
  end loop;
end $$;
create function ${schema}.watch_drop() returns event_trigger language plpgsql as $$
declare obj record;
begin
  for obj in select * from pg_event_trigger_dropped_objects() loop
    if obj.object_type in ('table', 'view') and not obj.is_temporary then
      perform pg_notify('pgrst', 'reload schema');
    end if;
  end loop;
end $$;
create event trigger ${schema}_ddl on ddl_command_end execute function ${schema}.watch_ddl();
create event trigger ${schema}_drop on sql_drop execute function ${schema}.watch_drop();`;

const unrelated = `
create function public.audit() returns event_trigger language plpgsql as $$
begin
  -- notify pgrst, 'reload schema'
  /* perform pg_notify('pgrst', 'reload schema'); */
  notify audit, 'ddl';
end $$;
create event trigger audit on ddl_command_end execute function public.audit();`;

t.test('others who notify PostgREST are recognised by what they do', async (t) => {
  const sandbox = await sandboxFor(t);
  const database = await connect(t, sandbox.databaseUrl);
  await database.query('create schema extensions; create role supabase_admin superuser');
  for (const sql of [simple, pair('public'), pair('extensions'), unrelated]) await database.query(sql);
  for (const name of ['watch_ddl', 'watch_drop']) {
    await database.query(`alter function extensions.${name}() owner to supabase_admin`);
  }
  const app = await appOn(t, sandbox);
  const { state, others } = (await app.inject('/trigger/status')).json();
  t.equal(state, 'missing');
  const found = others.map(({ kind, trigger }: { kind: string; trigger: { name: string } }) => [trigger.name, kind]);
  t.same(found, [
    ['extensions_ddl', 'supabase_ddl_watch'],
    ['extensions_drop', 'supabase_drop_watch'],
    ['pgrst_watch', 'documented_simple'],
    ['public_ddl', 'documented_ddl_watch'],
    ['public_drop', 'documented_drop_watch'],
  ]);
  t.ok(others.every(({ gaps }: { gaps: string[] }) => gaps.length > 0));

  const elsewhere = await appOn(t, sandbox, { PGRST_DB_CHANNEL: 'audit' });
  t.match((await elsewhere.inject('/trigger/status')).json().others, [{ kind: 'documented_simple' }]);
});
