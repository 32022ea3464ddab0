import { lookup } from 'node:dns/promises';
import type { Instance } from './instance.js';

/**
 * The instances behind the configured addresses, `dns+http://name:3000` standing for one per address that the name
 * has now. A name that does not resolve stays as it is: whoever asks it is told that it is unreachable.
 */
export async function resolveInstances(configured: readonly Instance[]): Promise<Instance[]> {
  return (await Promise.all(configured.map(resolve))).flat();
}

async function resolve(instance: Instance): Promise<Instance[]> {
  if (!instance.url.startsWith('dns+')) return [instance];
  const url = new URL(instance.url.slice('dns+'.length));
  const addresses = await lookup(url.hostname, { all: true }).catch(() => []);
  if (addresses.length === 0) return [instance];
  return addresses.map(({ address, family }) => {
    const host = family === 6 ? `[${address}]` : address;
    const port = url.port === '' ? '' : `:${url.port}`;
    return { url: `${url.protocol}//${host}${port}${url.pathname === '/' ? '' : url.pathname}` };
  });
}
