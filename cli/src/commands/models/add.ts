/** `auricle models add`: a folder, an archive or an address goes in, a model that `serve` and `transcribe` know by name comes out. */
import { Command } from 'commander';
import { addModel } from '../../models/add-model.js';

interface Options {
  name?: string;
  sha256?: string;
  force: boolean;
}

export const addCommand = new Command('add')
  .description(
    'add a streaming CTC model: our own, or one made for sherpa-onnx; a download that broke off is continued',
  )
  .argument('<source>', 'folder, archive (.tar.bz2, .tar.gz, .tar, .zip) or its address')
  .option('--name <name>', 'instead of the folder’s or archive’s own')
  .option('--sha256 <digest>', 'what the archive must have')
  .option('--force', 'replace a model of the same name', false)
  .action(async (source: string, options: Options) => {
    const { stderr } = process;
    let shown = 0;
    const { name, path, sha256 } = await addModel(source, {
      ...options,
      onNotice: (notice) => console.error(notice),
      onProgress: (received, total, file) => {
        if (!stderr.isTTY || Date.now() - shown < 200) return;
        shown = Date.now();
        stderr.write(`\r${file}: ${(received / 1e6).toFixed(1)}${total ? ` of ${(total / 1e6).toFixed(1)}` : ''} MB `);
      },
    });
    if (shown) stderr.write('\n');
    console.log(`${name}: ${path}`);
    if (sha256) console.log(`sha256 of the archive: ${sha256}`);
  });
