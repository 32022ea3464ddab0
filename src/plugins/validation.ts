import { Ajv } from 'ajv';
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';

// Nothing is dropped silently, and all that is wrong is named at once.
const options = { allErrors: true, removeAdditional: false, useDefaults: true, verbose: true } as const;

/** Query strings are text, so they are read as the types they should be; bodies have to have them. */
export default fp(
  async (app: FastifyInstance) => {
    const strict = new Ajv(options);
    const coercing = new Ajv({ ...options, coerceTypes: true });
    // Plain text is no body of ours: without a parser for it, it is refused as such.
    app.removeContentTypeParser('text/plain');
    app.setValidatorCompiler(({ schema, httpPart }) => (httpPart === 'body' ? strict : coercing).compile(schema));
  },
  { name: 'validation' },
);
