/** The schemas of the protocols go in; the tables of docs/reference/protocols come out, between the marks in its pages: `node scripts/protocol-reference.mjs [folder]`
 *  after a build. */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { REFUSED_PARAMETERS } from '@auricle/serving/protocols/deepgram/parameters';
import { HTTP_PROTOCOLS, WEBSOCKET_PROTOCOLS } from '@auricle/serving/protocols/index';
import { z } from 'zod';
import { filled } from './made-parts.mjs';
import { table } from './schema-tables.mjs';

const PAGES = { vosk: ['vosk'], sherpa: ['sherpa-onnx'], deepgram: ['deepgram'], openai: ['openai'] };

const json = (schema, io) => z.toJSONSchema(schema, { io, unrepresentable: 'any' });

/** What a value may be, in a few words. */
function valuesOf(schema) {
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(', ');
  const union = schema.anyOf ?? schema.oneOf;
  if (union) return [...new Set(union.map(valuesOf))].join(' or ');
  if (schema.format === 'binary') return 'file';
  if (schema.prefixItems) return `[${schema.prefixItems.map(valuesOf).join(', ')}]`;
  if (schema.type === 'array')
    return `list of ${schema.items.type === 'object' ? 'the following' : valuesOf(schema.items)}`;
  if (schema.type === 'object') return 'the following';
  if (schema.type === 'string') return 'text';
  if (schema.type === 'integer') return 'whole number';
  return [schema.type ?? 'any'].flat().join(' or ');
}

/** The objects that a value may be, or that a list holds. */
function objectsIn(schema) {
  const union = schema.anyOf ?? schema.oneOf;
  if (union) return union.flatMap(objectsIn);
  if (schema.type === 'array') return objectsIn(schema.items);
  return schema.properties ? [schema] : [];
}

/** Rows of all keys of an object, those of inner objects after their own. */
function rowsOf(schema, path = '', inherited = 'works') {
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const support = value['x-support'] ?? inherited;
    const row = [`\`${path}${key}\``, valuesOf(value), support, value.description ?? ''];
    const mark = value.type === 'array' ? '[].' : '.';
    return [row, ...merged(objectsIn(value).flatMap((object) => rowsOf(object, `${path}${key}${mark}`, support)))];
  });
}

/** Of keys that several forms of an object have, one row with the values of all. */
function merged(rows) {
  const byName = new Map();
  for (const [name, values, ...rest] of rows) {
    const [seen, ...first] = byName.get(name) ?? [[], ...rest];
    byName.set(name, [[...new Set([...seen, values])], ...first]);
  }
  return [...byName].map(([name, [values, ...rest]]) => [name, values.join(' or '), ...rest]);
}

const PARAMETERS = ['parameter', 'value', 'support', 'meaning'];
const FIELDS = ['field', 'value', 'support', 'meaning'];

function messages(title, record, io) {
  const entries = Object.entries(record);
  if (entries.length === 0) return '';
  const list = entries.map(([name, schema]) => {
    const { 'x-support': support = 'works', description = '', ...rest } = json(schema, io);
    const fields = rowsOf(rest);
    const note = [support === 'works' ? '' : `_${support}._`, description].filter(Boolean).join(' ');
    return `**\`${name}\`**${note ? `: ${note}` : ''}\n\n${fields.length > 0 ? table(FIELDS, fields) : ''}`;
  });
  return `### ${title}\n\n${list.join('\n\n')}`;
}

/** The parts that a page has, by the name in their marks. */
function parts(name) {
  const socket = WEBSOCKET_PROTOCOLS.find((protocol) => protocol.name === name).description;
  const routes = HTTP_PROTOCOLS.filter((protocol) => protocol.name === name).flatMap((protocol) => protocol.routes);
  const refused = Object.entries(REFUSED_PARAMETERS).map(([key, why]) => [`\`${key}\``, 'any', 'refused', why]);
  const made = {
    messages: [
      messages('What the client sends', socket.receives, 'input'),
      messages('What the server sends', socket.sends, 'output'),
    ]
      .filter(Boolean)
      .join('\n\n'),
  };
  if (socket.query) made.parameters = table(PARAMETERS, [...rowsOf(json(socket.query, 'input')), ...refused]);
  for (const { query, body = {} } of routes) {
    if (query) made['rest-parameters'] = table(PARAMETERS, [...rowsOf(json(query, 'input')), ...refused]);
    const form = body['multipart/form-data'];
    if (form) made['rest-form'] = table(['field', ...PARAMETERS.slice(1)], rowsOf(json(form, 'input')));
  }
  return made;
}

const folder = new URL('../docs/reference/protocols/', import.meta.url);
const target = process.argv[2] ?? fileURLToPath(folder);
for (const [name, [page]] of Object.entries(PAGES)) {
  const text = await readFile(new URL(`${page}.md`, folder), 'utf8');
  await writeFile(`${target}/${page}.md`, filled(text, parts(name)));
}
