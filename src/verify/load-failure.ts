import type { Configuration } from '../catalog/configuration.js';
import { compareConfiguration, failsLoads } from '../drift/configuration.js';
import type { Finding } from '../drift/finding.js';
import type { SchemaOrigin } from '../postgrest/exposure.js';
import type { Readiness } from './readiness.js';
import type { InstanceReading } from './report.js';

/** What is known of the instance beside its configuration in the database. */
export interface Known {
  version: string;
  schemas: readonly string[];
  schemasFrom: SchemaOrigin;
  readiness: Readiness;
}

const notReady =
  'Its admin server says that it is not ready: its last load of the schema cache failed, or it has lost PostgreSQL. Its log says why.';

/** What an instance has not taken up of its configuration, and why its loads fail, if they do. */
export function judgeConfiguration(
  catalog: Configuration,
  { version, schemas, schemasFrom, readiness }: Known,
): Pick<InstanceReading, 'configuration' | 'loadFailure'> {
  const isNotReady = readiness === 'not_ready';
  const side = { version, exposed: schemas, tellsExposed: schemasFrom === 'instance', isNotReady };
  const configuration = compareConfiguration(catalog, side);
  const failing = configuration.find((finding) => failsLoads(finding, catalog, side));
  const loadFailure = failing === undefined ? (isNotReady ? notReady : undefined) : failureFor(failing);
  return { configuration, ...(loadFailure !== undefined && { loadFailure }) };
}

function failureFor({ object, cache, remedy }: Finding): string {
  const setting = cache?.inExtraSearchPath === true ? 'db-extra-search-path' : 'db-schemas';
  return `Its loads fail, as schema ${object} of its ${setting} does not exist: ${remedy}.`;
}
