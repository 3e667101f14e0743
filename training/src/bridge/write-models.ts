/** Models by their file names go in, files of a bundle's folder come out, each whole or not at all. */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeModel, type OnnxModel } from '@auricle/bundle/onnx';

/** @returns file name -> bytes */
export async function writeModels(dir: string, models: Record<string, OnnxModel>): Promise<Record<string, number>> {
  await mkdir(dir, { recursive: true });
  const files: Record<string, number> = {};
  for (const [name, graph] of Object.entries(models)) {
    const bytes = encodeModel(graph);
    await writeFile(join(dir, `${name}.partial`), bytes);
    await rename(join(dir, `${name}.partial`), join(dir, name));
    files[name] = bytes.length;
  }
  return files;
}
