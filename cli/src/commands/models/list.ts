/** `auricle models list`: the models that have a name go in, a line about each comes out. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readBundle } from '@auricle/bundle';
import { Command } from 'commander';
import { type StoredModel, storedModels, storeFolder } from '../../models/store.js';

interface ListedModel extends StoredModel {
  /** family of its interface, or why it cannot be used */
  kind: string;
  precisions: string[];
  bytes: number;
}

async function describeModel(model: StoredModel): Promise<ListedModel> {
  const files = await readdir(model.path);
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(model.path, file))).size));
  const precisions = [
    ...(files.includes('model.onnx') ? ['float'] : []),
    ...(files.includes('model.int8.onnx') ? ['int8'] : []),
  ];
  const kind = await readBundle(model.path).then(
    (bundle) => bundle.interface.family,
    ({ code }) => String(code),
  );
  return { ...model, kind, precisions, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

export const listCommand = new Command('list')
  .description('name, kind, precisions, size and folder of each model')
  .option('--json', 'one JSON object a model', false)
  .action(async ({ json }: { json: boolean }) => {
    const models: ListedModel[] = [];
    for (const model of await storedModels()) models.push(await describeModel(model));
    if (json) {
      for (const model of models) console.log(JSON.stringify(model));
      return;
    }
    const width = Math.max(...models.map(({ name }) => name.length), 4);
    for (const { name, kind, precisions, bytes, path } of models)
      console.log(
        [
          name.padEnd(width),
          kind.padEnd(14),
          precisions.join('+').padEnd(10),
          `${(bytes / 1e6).toFixed(1)} MB`.padStart(9),
          path,
        ].join('  '),
      );
    console.log(`\nAdded models lie in ${storeFolder()} (AURICLE_MODELS names another place).`);
  });
