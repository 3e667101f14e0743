// The demonstration recording of models/digits-en: seven digits of one speaker from FSDD's test split, pauses between them.
//   node scripts/digits-recording.mjs runs/fsdd/test.jsonl models/digits-en/recording.wav
import { writeFile } from 'node:fs/promises';
import { encodeWav } from '@auricle/audio';
import { concatenate, loadPcm, readManifest } from '@auricle/datasets';

const [manifest, out] = process.argv.slice(2);
const SPEAKER = 'jackson';
const SPOKEN = ['three', 'one', 'four', 'one', 'five', 'nine', 'two'];
const PAUSE_SECONDS = 0.2;

const spoken = (await readManifest(manifest)).filter((u) => u.speaker === SPEAKER);
// A digit that comes twice is another recording each time.
const takes = new Map();
const recordings = [];
for (const word of SPOKEN) {
  const take = takes.get(word) ?? 0;
  takes.set(word, take + 1);
  recordings.push(await loadPcm(manifest, spoken.filter((u) => u.text === word)[take]));
}
const { sampleRate } = recordings[0];
const samples = concatenate(
  recordings.map((r) => r.samples),
  Math.round(PAUSE_SECONDS * sampleRate),
);
await writeFile(out, encodeWav({ samples, sampleRate }));
console.log(`${out}: ${SPOKEN.join(' ')}, ${(samples.length / sampleRate).toFixed(2)} s`);
