import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { problems } from './responses.js';

export const contractRoutes: FastifyPluginAsyncTypebox = async (app) => {
  const formats = [
    { path: '/openapi.json', operationId: 'getOpenapiJson', mediaType: 'application/json', read: () => app.swagger() },
    {
      path: '/openapi.yaml',
      operationId: 'getOpenapiYaml',
      mediaType: 'application/yaml',
      read: () => app.swagger({ yaml: true }),
    },
  ];
  for (const { path, operationId, mediaType, read } of formats) {
    app.get(
      path,
      {
        schema: {
          operationId,
          tags: ['contract'],
          summary: `The contract, as ${mediaType}`,
          description: 'What this service serves, as OpenAPI 3.1.',
          response: {
            ...problems(),
            200: {
              description: 'The OpenAPI document',
              content: { [mediaType]: { schema: {}, example: { openapi: '3.1.0' } } },
            },
          },
        },
      },
      async (_request, reply) => reply.type(mediaType).serializer(asText).send(read()),
    );
  }
};

function asText(document: unknown): string {
  return typeof document === 'string' ? document : JSON.stringify(document);
}
