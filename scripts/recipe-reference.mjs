/** The recipe's schema goes in, docs/reference/recipe.md comes out: `node scripts/recipe-reference.mjs [file]` after a build. */
import { writeFile } from 'node:fs/promises';
import { trainConfigSchema } from '@auricle/training';
import { z } from 'zod';
import { HEAD, rowsOf, sectionsOf, table } from './schema-tables.mjs';

const INTRODUCTION = `# Recipe

Every setting of a training run. Written by \`node scripts/recipe-reference.mjs\` from the schema that checks a recipe (\`training/src/loop/config.ts\`), so it is never out of date: a test compares them.

A recipe is a YAML file. Keys that are not listed here are errors. \`auricle train recipe.yaml --set optimiser.learningRate=0.002 batches.buckets=4\` says settings otherwise. Paths are relative to the
working directory. [Training](../guides/train.md) tells when to change what, [fine-tuning](../guides/fine-tune.md) is about \`start\`, [augmentation](../guides/augmentation.md) about the steps.
`;

const schema = z.toJSONSchema(trainConfigSchema, { io: 'input' });
const steps = schema.properties.augment.properties.steps;
const parts = [INTRODUCTION, ...sectionsOf(schema)];
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
