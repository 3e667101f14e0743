// The exported model in sherpa-onnx and here, on the same recordings: `node bench/sherpa-text.mjs BUNDLE MANIFEST`.
// Counts the utterances whose texts are equal, and those that each of both has right.
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeAudio, encodeWav, resample } from '@auricle/audio';
import { loadPcm, readManifest } from '@auricle/datasets';
import { createEngine, transcribeSamples } from '@auricle/serving';
import { compared } from './comparison.mjs';

const [bundle = 'models/digits-en', manifest = 'runs/fsdd/test.jsonl'] = process.argv.slice(2);
const RATE = 16_000;
const folder = await mkdtemp(join(tmpdir(), 'auricle-sherpa-'));
for (const precision of ['float', 'int8']) {
  const engine = await createEngine({ bundle, precision });
  const ours = [];
  const files = [];
  const references = [];
  for (const [i, utterance] of (await readManifest(manifest)).entries()) {
    const { samples, sampleRate } = await loadPcm(manifest, utterance);
    const file = join(folder, `${i}.wav`);
    const wav = encodeWav({ samples: resample(samples, sampleRate, RATE), sampleRate: RATE });
    await writeFile(file, wav);
    files.push(file);
    references.push(utterance.text);
    ours.push((await transcribeSamples(engine, await decodeAudio(wav, file))).text);
  }
  await engine.close();
  const model = join(bundle, precision === 'float' ? 'model.onnx' : 'model.int8.onnx');
  const output = execFileSync(
    process.execPath,
    [join(import.meta.dirname, '../tests/fixtures/sherpa-transcribe.mjs'), model, join(bundle, 'tokens.txt')],
    {
      input: files.join('\n'),
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    },
  );
  const theirs = output
    .split('\n')
    .filter((l) => l.startsWith('{"file"'))
    .map((l) => JSON.parse(l).text);
  const equal = ours.filter((text, i) => text === theirs[i]).length;
  const right = (texts) => texts.filter((text, i) => text === references[i]).length;
  console.log(
    `${precision}: ${equal} of ${ours.length} texts equal; right: ours ${right(ours)}, sherpa-onnx ${right(theirs)}`,
  );
  compared({
    comparison: `recordings heard right, ${precision}`,
    unit: `of ${ours.length}`,
    better: 'higher',
    ours: right(ours),
    peer: right(theirs),
    peerName: 'sherpa-onnx-node',
    rounds: 1,
  });
  for (const [i, text] of ours.entries())
    if (text !== theirs[i]) console.log(`  ${files[i]}: ours "${text}", sherpa-onnx "${theirs[i]}"`);
}
await rm(folder, { recursive: true });
