import { startDaemon } from './daemon.js';
import { freePort } from './ports.js';

const startDeadlineMs = 20_000;

/** A PostgREST that serves. */
export interface PostgrestServer {
  pid: number;
  url: string;
  adminUrl: string;
}

/**
 * Starts a PostgREST on `port` of loopback and waits until it has loaded the schema cache. `config` holds its settings
 * by their names in the environment (`PGRST_DB_URI` and so on).
 * Throws SandboxError with the end of its log if it does not come up.
 */
export async function startPostgrest(
  binary: string,
  folder: string,
  port: number,
  config: Record<string, string>,
  onSpawn: (pid: number) => void,
): Promise<PostgrestServer> {
  const adminPort = await freePort();
  const adminUrl = `http://127.0.0.1:${adminPort}`;
  const { pid } = await startDaemon(
    {
      name: `postgrest-${port}`,
      path: binary,
      args: [],
      env: {
        // Its settings may hold names of any language.
        LC_ALL: 'C.UTF-8',
        PGRST_SERVER_HOST: '127.0.0.1',
        PGRST_SERVER_PORT: String(port),
        PGRST_ADMIN_SERVER_PORT: String(adminPort),
        ...config,
      },
    },
    folder,
    () => isReady(adminUrl),
    startDeadlineMs,
    onSpawn,
  );
  return { pid, url: `http://127.0.0.1:${port}`, adminUrl };
}

/** Asks the admin server: a request to the API before the cache is there would make PostgREST 12.0 load it once more. */
async function isReady(adminUrl: string): Promise<boolean> {
  try {
    const response = await fetch(`${adminUrl}/ready`, { signal: AbortSignal.timeout(1000) });
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
}
