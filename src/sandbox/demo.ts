import { randomBytes } from 'node:crypto';
import { createPool } from '../postgres/pool.js';
import type { AppSettings, Settings } from '../settings.js';
import { parseTokens } from '../tokens.js';
import { createTrigger } from '../trigger/trigger.js';
import { type Sandbox, startSandbox } from './sandbox.js';

/** The sandbox as `npm start` runs it. */
export interface Demo {
  sandbox: Sandbox;
  settings: AppSettings;
  /** A token with the scope `manage`; undefined where the settings have tokens, which only their owner knows. */
  token: string | undefined;
  /** Installs the event trigger in the sandbox's database. */
  installTrigger(): Promise<void>;
}

/** Starts the sandbox that `settings` ask for. Throws SandboxError. */
export async function startDemo(settings: Settings): Promise<Demo> {
  const token = settings.tokens.length === 0 ? randomBytes(16).toString('hex') : undefined;
  const sandbox = await startSandbox(settings.sandbox);
  return {
    sandbox,
    token,
    async installTrigger() {
      const pool = createPool(sandbox.databaseUrl, 1);
      await pool.query(`alter database postgres set pgrst.db_schemas = 'public'`);
      await createTrigger({ pool, channel: 'pgrst', exposedSchemas: async () => ['public'] }).install();
      await pool.end();
    },
    settings: {
      ...settings,
      databaseUrl: sandbox.databaseUrl,
      // What is set for another PostgREST does not hold for this one.
      schemas: undefined,
      role: undefined,
      jwt: undefined,
      apiKey: undefined,
      channel: 'pgrst',
      instances: [{ url: sandbox.postgrestUrl, adminUrl: sandbox.postgrestAdminUrl }],
      tokens: token === undefined ? settings.tokens : parseTokens(`sandbox:manage:${token}`),
    },
  };
}
