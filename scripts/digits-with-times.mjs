// Recordings of five digits each with known word times, from single digits of one speaker: a manifest, WAV files and a CTM of when each digit is said.
// A digit lasts as long as its recording is loud (see cli/src/words/speech-span.ts); the pauses between are silence of 0.1 to 0.4 s.
//   node scripts/digits-with-times.mjs runs/fsdd/test.jsonl runs/digits-with-times
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeWav } from '@auricle/audio';
import { loadPcm, Random, readManifest, writeManifest } from '@auricle/datasets';
import { ctm } from '@auricle/decoding';
import { speechSpan } from '../cli/dist/words/speech-span.js';

const [manifest, out] = process.argv.slice(2);
const DIGITS = 5;
const random = new Random(1);

const speakers = new Map();
for (const utterance of await readManifest(manifest)) {
  const list = speakers.get(utterance.speaker) ?? [];
  list.push(utterance);
  speakers.set(utterance.speaker, list);
}
await mkdir(out, { recursive: true });
const utterances = [];
let times = '';
for (const [speaker, list] of speakers) {
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(random.uniform() * (i + 1));
    [list[i], list[j]] = [list[j], list[i]];
  }
  for (let at = 0; at + DIGITS <= list.length; at += DIGITS) {
    const id = `${speaker}_${at / DIGITS}`;
    const parts = [];
    const words = [];
    let seconds = 0;
    let sampleRate = 0;
    const add = (samples) => {
      parts.push(samples);
      seconds += samples.length / sampleRate;
    };
    for (const utterance of list.slice(at, at + DIGITS)) {
      const pcm = await loadPcm(manifest, utterance);
      sampleRate = pcm.sampleRate;
      add(new Float32Array(Math.round((0.1 + 0.3 * random.uniform()) * sampleRate)));
      const span = speechSpan(pcm);
      if (span) words.push({ word: utterance.text, start: seconds + span.start, end: seconds + span.end });
      add(pcm.samples);
    }
    const samples = Float32Array.from(parts.flatMap((part) => [...part]));
    await writeFile(join(out, `${id}.wav`), encodeWav({ samples, sampleRate }));
    times += ctm(words, { recording: id });
    utterances.push({
      id,
      audio_filepath: `${id}.wav`,
      duration: samples.length / sampleRate,
      text: list
        .slice(at, at + DIGITS)
        .map(({ text }) => text)
        .join(' '),
      speaker,
    });
  }
}
await writeManifest(join(out, 'test.jsonl'), utterances);
await writeFile(join(out, 'test.ctm'), times);
console.log(`${out}: ${utterances.length} recordings of ${DIGITS} digits`);
