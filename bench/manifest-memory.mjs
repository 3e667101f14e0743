/** Measures the peak memory of validating a manifest of 5,000,000 lines, and of one epoch's sampling from it. Each runs in a process of its own.
 *  No audio is needed: the lines name files that are not there, and validation runs with `decode: false`. These checks run: JSON and fields, empty
 *  texts, characters outside a vocabulary, label longer than its 40 ms frames (by the duration that the line says), speaking-rate outliers, duplicate
 *  ids, duplicate places in the audio, speaker overlap. These do not, for want of audio: decoding, real duration, silence, clipping, duplicates by
 *  audio hash (which take the 8 bytes a line of the duplicate places).
 *  usage: node bench/manifest-memory.mjs [lines] */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { indexManifest, Random, sampleManifest, validateManifests, writeManifest } from '@auricle/datasets';
import { characterTokens, encodeText } from '@auricle/decoding';

const LIMIT_MIB = 1e9 / 2 ** 20;
const SPEAKERS = 50_000;
const WORDS = 'ten men and a dog went to the market with seven loaves of bread for an old friend'.split(' ');

function* syntheticLines(count) {
  const random = new Random(1);
  for (let i = 0; i < count; i++) {
    const words = Array.from({ length: random.integer(4, 16) }, () => WORDS[random.integer(0, WORDS.length - 1)]);
    const text = words.join(' ');
    const duration = Math.round(text.length * (0.06 + 0.03 * random.uniform()) * 1000) / 1000;
    // One line in 10,000 repeats the id of another, one in 20,000 is beyond the vocabulary.
    const id = `utterance-${i % 10_000 === 9999 ? i - 5000 : i}`;
    yield {
      audio_filepath: `audio/${String(i % 1000).padStart(3, '0')}/${i}.flac`,
      duration,
      text: i % 20_000 === 19_999 ? `${text} €` : text,
      id,
      speaker: `speaker-${random.integer(1, SPEAKERS)}`,
    };
  }
}

const phases = {
  write: (folder, count) => writeManifest(join(folder, 'all.jsonl'), syntheticLines(count)),
  async validate(folder) {
    const tokens = characterTokens(WORDS);
    const report = await validateManifests([join(folder, 'all.jsonl')], {
      decode: false,
      encode: (text) => encodeText(tokens, text),
      out: folder,
    });
    const [{ lines, clean, quarantined, reasons, warnings }] = report.manifests;
    const counts = Object.entries({ ...reasons, ...warnings }).map(([code, { count }]) => `${code} ${count}`);
    console.log(`${lines} lines, ${clean} clean, ${quarantined} quarantined; ${counts.join(', ')}`);
  },
  async sample(folder) {
    const index = await indexManifest(join(folder, 'all.jsonl'));
    let [count, seconds] = [0, 0];
    for await (const utterance of sampleManifest(index, { seed: 1, epoch: 0 })) {
      count++;
      seconds += utterance.duration;
    }
    console.log(`${count} utterances, ${(seconds / 3600).toFixed(0)} h, in random order`);
  },
};

const [first = '5000000', folder, count] = process.argv.slice(2);
if (first in phases) {
  const start = performance.now();
  await phases[first](folder, Number(count));
  const seconds = (performance.now() - start) / 1000;
  const mebibytes = process.resourceUsage().maxRSS / 1024;
  console.log(`${first}: ${seconds.toFixed(0)} s, peak resident memory ${mebibytes.toFixed(0)} MiB`);
  if (first !== 'write' && mebibytes > LIMIT_MIB) process.exitCode = 1;
} else {
  const temporary = mkdtempSync(join(tmpdir(), 'auricle-manifest-'));
  try {
    for (const phase of Object.keys(phases)) {
      const { status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), phase, temporary, first], {
        stdio: 'inherit',
      });
      if (status !== 0) {
        console.log(`${phase}: failed, or took more than ${LIMIT_MIB.toFixed(0)} MiB`);
        process.exitCode = 1;
      }
      if (phase === 'write') console.log(`${(statSync(join(temporary, 'all.jsonl')).size / 1e6).toFixed(0)} MB`);
    }
  } finally {
    rmSync(temporary, { recursive: true });
  }
}
