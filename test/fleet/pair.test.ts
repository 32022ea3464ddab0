import t from 'tap';
import { pairListeners } from '../../src/fleet/pair.js';
import type { Listener } from '../../src/sessions/listeners.js';

const listener = (pid: number, version: string, clientAddress: string | null = null): Listener => ({
  pid,
  role: 'authenticator',
  applicationName: version === '' ? 'my api' : `PostgREST ${version}`,
  clientAddress,
  connectedAt: new Date(0),
  channel: 'pgrst',
});
const instance = (version: string, ...addresses: string[]) => ({ version, addresses });

const cases: Record<
  string,
  { instances: ReturnType<typeof instance>[]; listeners: Listener[]; paired: (number | null)[]; others: number[] }
> = {
  'by address': {
    instances: [instance('12.0.2', '10.0.0.1'), instance('12.0.2', '10.0.0.2')],
    listeners: [listener(2, '12.0.2', '10.0.0.2'), listener(1, '12.0.2', '10.0.0.1')],
    paired: [1, 2],
    others: [],
  },
  'by version, where the addresses tell nothing': {
    instances: [instance('12.0.2', '127.0.0.1'), instance('14.17', '127.0.0.1')],
    listeners: [listener(1, '14.17', '172.17.0.1'), listener(2, '12.0.2')],
    paired: [2, 1],
    others: [],
  },
  'too few': {
    instances: [instance('12.0.2', '10.0.0.1'), instance('12.0.2', '10.0.0.2')],
    listeners: [listener(2, '12.0.2', '10.0.0.2')],
    paired: [null, 2],
    others: [],
  },
  'of another version': {
    instances: [instance('14.17', '10.0.0.1')],
    listeners: [listener(1, '12.0.2', '10.0.0.1')],
    paired: [null],
    others: [1],
  },
  'too many': {
    instances: [instance('12.0.2', '10.0.0.1')],
    listeners: [listener(1, '12.0.2', '10.0.0.9'), listener(2, '12.0.2', '10.0.0.1')],
    paired: [2],
    others: [1],
  },
  'with versions that are hidden': {
    instances: [instance('', '10.0.0.1'), instance('12.0.2', '10.0.0.2')],
    listeners: [listener(1, '', '10.0.0.2'), listener(2, '14.17', '10.0.0.1')],
    paired: [2, 1],
    others: [],
  },
  'before somebody else who listens at the same address': {
    instances: [instance('12.0.2', '127.0.0.1'), instance('12.0.2', '127.0.0.1')],
    listeners: [listener(1, '', '127.0.0.1'), listener(2, '12.0.2', '127.0.0.1'), listener(3, '12.0.2', '127.0.0.1')],
    paired: [2, 3],
    others: [1],
  },
  'of nobody': { instances: [], listeners: [listener(1, '12.0.2')], paired: [], others: [1] },
};

for (const [name, { instances, listeners, paired, others }] of Object.entries(cases)) {
  t.test(`listeners and instances are paired: ${name}`, async (t) => {
    const found = pairListeners(instances, listeners);
    t.same(
      found.paired.map((each) => each?.pid ?? null),
      paired,
    );
    t.same(
      found.others.map(({ pid }) => pid),
      others,
    );
  });
}
