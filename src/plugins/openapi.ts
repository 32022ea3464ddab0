import { readFileSync } from 'node:fs';
import swagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

const description = `Keeps PostgREST's schema cache fresh, and proves it.

Errors are \`application/problem+json\` (RFC 9457). Times are ISO 8601 in UTC, durations end in \`Ms\`, identifiers are
\`schema.relation.column\`, quoted as PostgreSQL quotes them where they need it.`;

/** The contract as OpenAPI 3.1, collected from the routes that are registered after this. */
export default fp(
  async (app: FastifyInstance) => {
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: { title: 'pgrst-ops', description, version, license: { name: 'MIT', identifier: 'MIT' } },
        servers: [{ url: '/' }],
        tags: [
          { name: 'health', description: 'Is it alive, ready, well?' },
          { name: 'schema', description: 'What PostgreSQL has, beside what PostgREST serves' },
          { name: 'trigger', description: 'The event trigger that tells PostgREST to reload' },
          { name: 'contract', description: 'This document' },
        ],
        components: {
          securitySchemes: {
            token: { type: 'http', scheme: 'bearer', description: 'A token of API_TOKENS: read < reload < manage' },
          },
        },
      },
      transformObject: withOptionalBodies,
      refResolver: {
        buildLocalReference: (schema, _baseUri, _fragment, index) => String(schema.$id ?? `def-${index}`),
      },
    });
    await app.register(swaggerUi, { routePrefix: '/docs' });
  },
  { name: 'openapi' },
);

type Document = Parameters<NonNullable<FastifyDynamicSwaggerOptions['transformObject']>>[0];

/** No operation of ours needs a body, which @fastify/swagger says of all that take one. */
function withOptionalBodies(document: Document) {
  if (!('openapiObject' in document)) return document.swaggerObject;
  const { openapiObject } = document;
  for (const path of Object.values(openapiObject.paths ?? {})) {
    const body = path?.post?.requestBody;
    if (body !== undefined && 'content' in body) body.required = false;
  }
  return openapiObject;
}
