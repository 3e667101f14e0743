/** The routes of all protocols go in, an OpenAPI document about them comes out. */
import type { z } from 'zod';
import { type JsonDocument, wireSchema } from './asyncapi.js';
import type { ContentDescription, RouteDescription } from './description.js';

const content = (types: ContentDescription, io: 'input' | 'output'): JsonDocument =>
  Object.fromEntries(
    Object.entries(types).map(([type, schema]) => [type, schema ? { schema: wireSchema(schema, io) } : {}]),
  );

interface ObjectSchema {
  properties?: Record<string, { description?: string; type?: string }>;
  required?: string[];
}

/** Each of a request's parameters; lists are repeated. */
function parameters(place: 'path' | 'header' | 'query', schemas: z.ZodType | undefined): JsonDocument[] {
  if (!schemas) return [];
  const { properties = {}, required = [] } = wireSchema(schemas, 'input') as ObjectSchema;
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: place,
    required: required.includes(name),
    ...(description && { description }),
    schema,
    ...(schema.type === 'array' && { style: 'form', explode: true }),
  }));
}

/** Routes of one path, by method. */
export function openApiDocument(routes: readonly RouteDescription[], version: string): JsonDocument {
  const paths: Record<string, JsonDocument> = {};
  for (const { path, method, summary, parts, headers, query, body, responses } of routes) {
    const all = [...parameters('path', parts), ...parameters('header', headers), ...parameters('query', query)];
    paths[path] = {
      ...paths[path],
      [method]: {
        summary,
        ...(all.length > 0 && { parameters: all }),
        ...(body && { requestBody: { required: true, content: content(body, 'input') } }),
        responses: Object.fromEntries(
          Object.entries(responses).map(([status, response]) => [
            status,
            { description: response.summary, content: content(response.content, 'output') },
          ]),
        ),
      },
    };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Auricle',
      version,
      description: 'Speech recognition of recordings, in the forms of several vendors.',
    },
    paths,
  };
}
