import { type SerializerFactory, SerializerSelector } from '@fastify/fast-json-stringify-compiler';

/** Builds a serializer for each schema once: most answers of all routes are problems, and to build one takes milliseconds. */
export const buildSerializer: SerializerFactory = (externalSchemas, options) => {
  const build = SerializerSelector()(externalSchemas, options);
  const built = new Map<string, ReturnType<typeof build>>();
  return (route) => {
    const key = JSON.stringify(route.schema);
    const serializer = built.get(key) ?? build(route);
    built.set(key, serializer);
    return serializer;
  };
};
