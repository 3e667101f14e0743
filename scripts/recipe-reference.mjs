/** The recipe's schema goes in, docs/reference/recipe.md comes out: `node scripts/recipe-reference.mjs [file]` after a build. */
import { writeFile } from 'node:fs/promises';
import { trainConfigSchema } from '@auricle/training';
import { z } from 'zod';

const INTRODUCTION = `# Recipe

Every setting of a training run. Written by \`node scripts/recipe-reference.mjs\` from the schema that checks a recipe (\`training/src/loop/config.ts\`), so it is never out of date: a test compares them.

A recipe is a YAML file. Keys that are not listed here are errors. \`auricle train recipe.yaml --set optimiser.learningRate=0.002 batches.buckets=4\` says settings otherwise. Paths are relative to the
working directory. [Training](../guides/train.md) tells when to change what, [fine-tuning](../guides/fine-tune.md) is about \`start\`, [augmentation](../guides/augmentation.md) about the steps.
`;

const LARGEST = Number.MAX_SAFE_INTEGER;

/** What a value may be, in a few words. */
function valuesOf(schema) {
  if (schema.const !== undefined) return `\`${schema.const}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(', ');
  if (schema.anyOf) return schema.anyOf.map(valuesOf).join(' or ');
  if (schema.prefixItems) return `[from, to]${bounds(schema.prefixItems[0])}`;
  if (schema.type === 'array') return `list of ${plural(schema.items)}`;
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
function rowsOf(schema, path = '') {
  return Object.entries(schema.properties).flatMap(([key, value]) => {
    const here = path + key;
    const own = [
      `\`${here}\``,
      valuesOf(value),
      defaultOf(value, schema.required?.includes(key)),
      value.description ?? '',
    ];
    if (value.type === 'object') {
      const note = value.description ? [[`\`${here}\``, 'the following', '', value.description]] : [];
      return [...note, ...rowsOf(value, `${here}.`)];
    }
    return value.items?.type === 'object' ? [own, ...rowsOf(value.items, `${here}[].`)] : [own];
  });
}

function table(head, rows) {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')));
  const widths = head.map((_, i) => Math.max(...cells.map((row) => row[i].length)));
  const line = (row) => `| ${row.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`;
  return [line(cells[0]), line(widths.map((width) => '-'.repeat(width))), ...cells.slice(1).map(line)].join('\n');
}

const HEAD = ['key', 'value', 'default', 'meaning'];
const schema = z.toJSONSchema(trainConfigSchema, { io: 'input' });
const steps = schema.properties.augment.properties.steps;
const isSection = ({ type }) => type === 'object';
const top = Object.fromEntries(Object.entries(schema.properties).filter(([, value]) => !isSection(value)));
const parts = [INTRODUCTION, table(HEAD, rowsOf({ ...schema, properties: top }))];
for (const [name, section] of Object.entries(schema.properties)) {
  if (!isSection(section)) continue;
  const note = section.description ? `${section.description[0].toUpperCase()}${section.description.slice(1)}.\n\n` : '';
  parts.push(`## ${name}\n\n${note}${table(HEAD, rowsOf(section, `${name}.`))}`);
}
const defaults = steps.default.map(({ kind, ...rest }) =>
  [kind, ...Object.entries(rest).map(([key, value]) => `${key} ${value}`)].join(' with '),
);
parts.push(
  `### Steps of augment.steps\n\nEach has a \`kind\`, and a \`probability\` (default 1): the share of the utterances that it changes. Without the key: ${defaults.join(', ')}.\n\n${table(
    ['kind', ...HEAD],
    steps.items.oneOf.flatMap(({ properties: { kind, probability: _, ...rest }, required }) => {
      const rows = rowsOf({ properties: rest, required });
      const about = [`\`${kind.const}\``, '', '', '', kind.description ?? ''];
      return [
        ...(kind.description || rows.length === 0 ? [about] : []),
        ...rows.map((row) => [`\`${kind.const}\``, ...row]),
      ];
    }),
  )}`,
);
const text = `${parts.join('\n\n').replaceAll('\n\n\n', '\n\n')}\n`;
await writeFile(process.argv[2] ?? new URL('../docs/reference/recipe.md', import.meta.url), text);
