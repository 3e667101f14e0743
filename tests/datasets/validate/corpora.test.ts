/** The corpora that training uses hold what their README says, and their lines are sound. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Recording, readRecordings, relocate, validateManifests, writeManifest } from '@auricle/datasets';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { corpusFolder } from '../../fixtures/corpora.js';

/** Lines of every split, from the table of the corpora's README. */
const COUNTS: [corpus: string, split: string, lines: number][] = [
  ['librispeech', 'train', 1213],
  ['librispeech', 'dev', 228],
  ['speechocean762', 'train', 3940],
  ['speechocean762', 'dev', 620],
  ['cmu_arctic', 'train', 2150],
  ['cmu_arctic', 'dev', 90],
  ['rhasspy_kathleen_en', 'train', 1545],
  ['rhasspy_kathleen_en', 'dev', 75],
  ['ljspeech_subset', 'train', 370],
  ['ljspeech_subset', 'dev', 20],
  ['vctk_p239', 'train', 482],
  ['vctk_p239', 'dev', 21],
  ['speech_commands', 'train', 4360],
  ['speech_commands', 'dev', 249],
  ['fsdd', 'train', 2700],
  ['fsdd', 'test', 300],
  ['an4', 'train', 875],
  ['an4', 'dev', 73],
  ['synthetic_kokoro_en', 'train', 1112],
  ['rhasspy_kerstin_de', 'train', 1298],
  ['rhasspy_kerstin_de', 'dev', 76],
  ['yesno_he', 'train', 55],
  ['yesno_he', 'dev', 5],
  ['noise_esc10', 'noise', 400],
];

/** Lines of each split that are decoded here; `auricle data validate` decodes all. */
const DECODED = 6;

let temporary: string;
beforeAll(async () => {
  temporary = await mkdtemp(join(tmpdir(), 'auricle-corpora-'));
});
afterAll(() => rm(temporary, { recursive: true }));

describe.each(COUNTS)('%s/%s', (corpus, split, lines) => {
  const folder = corpusFolder(corpus);

  it.skipIf(!folder)(`has ${lines} lines, all of them well formed and none twice`, async () => {
    const { manifests } = await validateManifests([join(folder!, `${split}.jsonl`)], { decode: false });
    expect(manifests[0]).toMatchObject({ lines, clean: lines, reasons: {} });
  });

  it.skipIf(!folder)('holds the audio that its lines claim', async () => {
    const path = join(folder!, `${split}.jsonl`);
    const sample = join(temporary, `${corpus}-${split}.jsonl`);
    const every = Math.ceil(lines / DECODED);
    async function* some(): AsyncGenerator<Recording> {
      let line = 0;
      for await (const recording of readRecordings(path))
        if (line++ % every === 0) yield relocate(recording, path, sample);
    }
    await writeManifest(sample, some());
    const { manifests } = await validateManifests([sample], { threads: 1 });
    expect(manifests[0]).toMatchObject({ lines: Math.ceil(lines / every), quarantined: 0, reasons: {} });
  });
});
