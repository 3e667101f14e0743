/** A JSON schema of settings goes in, Markdown tables of its keys come out. */

const LARGEST = Number.MAX_SAFE_INTEGER;

/** An object whose keys are known; of others only their meaning can be told. */
const hasKeys = ({ type, properties }) => type === 'object' && properties !== undefined;

/** What a value may be, in a few words. */
function valuesOf(schema) {
  if (schema.const !== undefined) return `\`${schema.const}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(', ');
  if (schema.anyOf) return schema.anyOf.map(valuesOf).join(' or ');
  if (schema.prefixItems) return `[from, to]${bounds(schema.prefixItems[0])}`;
  if (schema.type === 'array') return `list of ${plural(schema.items)}`;
  if (schema.type === 'object') return 'keys and values';
  if (schema.type === 'boolean') return '`true`, `false`';
  if (schema.type === 'string') return schema.pattern?.endsWith('\\.txt$') ? 'path of a .txt' : 'text';
  return `${schema.type === 'integer' ? 'whole number' : 'number'}${bounds(schema)}`;
}

function plural(schema) {
  if (schema.oneOf) return 'steps';
  if (schema.type === 'object') return 'the following';
  if (schema.type === 'string') return 'texts';
  return valuesOf(schema).replace('number', 'numbers');
}

function bounds({ minimum, maximum, exclusiveMinimum }) {
  const [low, high] = [minimum ?? exclusiveMinimum, maximum === LARGEST ? undefined : maximum];
  if (low === undefined || low === -LARGEST) return '';
  if (high !== undefined) return `, ${low} to ${high}`;
  return exclusiveMinimum === undefined ? ` >= ${low}` : ` > ${low}`;
}

const shown = (value) => (Array.isArray(value) ? `[${value.map(shown).join(', ')}]` : String(value));

function defaultOf({ default: value }, required) {
  if (required) return 'needed';
  if (value === undefined) return '';
  return Array.isArray(value) && typeof value[0] === 'object' ? 'see below' : shown(value);
}

/** Rows of all keys below an object, those of inner objects and lists of objects after their own. */
export function rowsOf(schema, path = '') {
  return Object.entries(schema.properties).flatMap(([key, value]) => {
    const here = path + key;
    const own = [
      `\`${here}\``,
      valuesOf(value),
      defaultOf(value, schema.required?.includes(key)),
      value.description ?? '',
    ];
    if (hasKeys(value)) {
      const note = value.description ? [[`\`${here}\``, 'the following', '', value.description]] : [];
      return [...note, ...rowsOf(value, `${here}.`)];
    }
    return value.items?.type === 'object' ? [own, ...rowsOf(value.items, `${here}[].`)] : [own];
  });
}

export function table(head, rows) {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')));
  const widths = head.map((_, i) => Math.max(...cells.map((row) => row[i].length)));
  const line = (row) => `| ${row.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`;
  return [line(cells[0]), line(widths.map((width) => '-'.repeat(width))), ...cells.slice(1).map(line)].join('\n');
}

export const HEAD = ['key', 'value', 'default', 'meaning'];

/** The keys at the top, then a section for every object. */
export function sectionsOf(schema) {
  const top = Object.fromEntries(Object.entries(schema.properties).filter(([, value]) => !hasKeys(value)));
  const parts = [table(HEAD, rowsOf({ ...schema, properties: top }))];
  for (const [name, section] of Object.entries(schema.properties)) {
    if (!hasKeys(section)) continue;
    const note = section.description
      ? `${section.description[0].toUpperCase()}${section.description.slice(1)}.\n\n`
      : '';
    parts.push(`## ${name}\n\n${note}${table(HEAD, rowsOf(section, `${name}.`))}`);
  }
  return parts;
}
