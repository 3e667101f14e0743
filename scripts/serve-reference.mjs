/** The schema of the service's settings goes in, docs/reference/serve.md comes out: `node scripts/serve-reference.mjs [file]` after a build. */
import { writeFile } from 'node:fs/promises';
import { serveConfigSchema } from '@auricle/cli/serve/config';
import { z } from 'zod';
import { sectionsOf } from './schema-tables.mjs';

const INTRODUCTION = `# Settings of the service

Every setting of \`auricle serve --config serve.yaml\`. Written by \`node scripts/serve-reference.mjs\` from the schema that checks the file (\`cli/src/serve/config.ts\`), so it is never out of date: a test compares them.

The file is YAML; an empty one is valid, and keys that are not listed here are errors. \`auricle serve --set limits.perAddress=20 log.level=warn\` says settings otherwise, and so do the flags that
\`auricle serve --help\` lists. Paths are relative to the working directory. [Security](security.md) tells what the limits are for, [deploying](../guides/deploy.md) how to set them.

Secrets are not settings. They come by the environment: \`AURICLE_KEYS\`, API keys as \`name:key\` with commas between them, besides those of \`access.keyFile\`; and \`AURICLE_TOKEN_SECRET\`, at least
32 bytes that tokens are signed with, the same on all nodes behind one address (without it each process draws one of its own).
\`AURICLE_WEBHOOK_SECRET\` signs the webhooks of [jobs](../guides/batch.md#webhooks), and \`AURICLE_REDIS\` is the address of their queue where it has a password.
`;

const schema = z.toJSONSchema(serveConfigSchema, { io: 'input' });
const text = `${[INTRODUCTION, ...sectionsOf(schema)].join('\n\n').replaceAll('\n\n\n', '\n\n')}\n`;
await writeFile(process.argv[2] ?? new URL('../docs/reference/serve.md', import.meta.url), text);
