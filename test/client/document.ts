import { Ajv2020 } from 'ajv/dist/2020.js';
import type { FastifyInstance } from 'fastify';

interface Answer {
  description: string;
  content?: Record<string, { schema: object; example?: unknown }>;
}
export interface Operation {
  operationId?: string;
  summary?: string;
  description?: string;
  tags?: string[];
  security?: object[];
  requestBody?: { required?: boolean };
  responses: Record<string, Answer>;
}
export interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
}

/** The contract as `app` serves it. */
export async function readDocument(app: FastifyInstance): Promise<Document> {
  return (await app.inject({ url: '/openapi.json', headers: { host: 'localhost' } })).json();
}

/** Every operation of `document`, with its method in capitals. */
export function operationsOf(document: Document) {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
}

/**
 * Returns a function that tells what is wrong with `value` by the schema at `path`, the names that lead to it in
 * `document`; undefined where nothing is.
 */
export function validatorOf(document: Document): (value: unknown, path: readonly string[]) => string | undefined {
  const ajv = new Ajv2020({ strict: false, validateSchema: false, allErrors: true });
  ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
  ajv.addSchema(document, 'document');
  return (value, path) => {
    const pointer = path.map((name) => encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');
    const validate = ajv.getSchema(`document#/${pointer}`);
    if (validate === undefined) throw new Error(`The document has no ${pointer}.`);
    return validate(value) ? undefined : ajv.errorsText(validate.errors);
  };
}
