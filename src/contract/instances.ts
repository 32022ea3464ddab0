import { Type } from '@sinclair/typebox';
import { ref, stringEnum, timestamp } from './common.js';
import { InstanceError } from './verify.js';

const nullable = <Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
  Type.Union([schema, Type.Null()]);

export const Listener = Type.Object(
  {
    pid: Type.Integer({ description: 'Of its session in PostgreSQL' }),
    role: Type.String(),
    applicationName: Type.String(),
    clientAddress: nullable(Type.String({ description: 'Null for a Unix socket' })),
    connectedAt: timestamp('Since when it is connected'),
    channel: Type.String(),
  },
  { $id: 'Listener', title: 'Listener', description: 'A session that waits for notifications' },
);

export const FleetInstance = Type.Object(
  {
    url: Type.String(),
    error: Type.Optional(InstanceError),
    version: nullable(Type.String()),
    schemas: Type.Array(Type.String(), { description: 'The schemas that it exposes' }),
    source: nullable(stringEnum(['schema_cache', 'openapi', 'probe'] as const, 'Where it was read last')),
    listener: nullable(ref(Listener)),
    provenFreshAt: nullable(timestamp('When the comparison began that last found it fresh; null if none has here')),
  },
  { $id: 'FleetInstance', title: 'FleetInstance', description: 'A PostgREST instance, and what is known of it' },
);

export const FleetProblem = Type.Object(
  {
    code: stringEnum([
      'standby',
      'listeners_hidden',
      'nobody_listens',
      'instance_does_not_listen',
      'other_channel',
      'unknown_listener',
      'listener_comes_and_goes',
    ] as const),
    detail: Type.String(),
  },
  { $id: 'FleetProblem', title: 'FleetProblem', description: 'Why notifications do not reach every instance' },
);

export const Fleet = Type.Object(
  {
    channel: Type.String(),
    instances: Type.Array(ref(FleetInstance)),
    otherListeners: Type.Array(ref(Listener), {
      description: 'Sessions that listen, and are of none of the instances',
    }),
    problems: Type.Array(ref(FleetProblem)),
  },
  { $id: 'Fleet', title: 'Fleet', description: 'The instances, beside the listeners that PostgreSQL sees' },
);
