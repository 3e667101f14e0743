// The spectrograms of docs/guides/augmentation.md: a recording above, the same after one augmentation below.
//   node scripts/augmentation-pictures.mjs speech.opus noise.opus docs/guides/pictures
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FBANK, fbank, readAudioFile, resample } from '@auricle/audio';
import {
  applyAugment,
  augmentFrames,
  augmentPlan,
  augmentSchema,
  drawRoom,
  Random,
  simulateRoom,
} from '@auricle/datasets';
import { PNG } from 'pngjs';

const [speechFile, noiseFile, folder] = process.argv.slice(2);
const { sampleRate, melBins } = FBANK;

// One a picture, named after its kind.
const STEPS = [
  { kind: 'speed', factors: [0.8] },
  { kind: 'tempo', factor: [0.8, 0.8] },
  { kind: 'gain', decibels: [-12, -12] },
  { kind: 'noise', snrDb: [5, 5] },
  { kind: 'whiteNoise', snrDb: [10, 10] },
  { kind: 'simulatedRoom', rt60Seconds: [0.6, 0.6] },
  { kind: 'recordedRoom' },
  { kind: 'telephone' },
  { kind: 'opus', bitsPerSecond: [8000, 8000] },
  { kind: 'clipping', decibels: [20, 20] },
  { kind: 'vocalTract', warp: [1.2, 1.2] },
  { kind: 'specAugment' },
  { kind: 'specSub' },
];
const SEED = 5;

/** Pixels a frame and a mel bin. */
const SCALE = 2;
const GAP = 8;
/** From the loudest, black, to white: 52 dB, in natural logarithms of energy. */
const RANGE = 12;
/** Few, for small files. */
const SHADES = 16;

async function read(path) {
  const pcm = await readAudioFile(path);
  return { samples: resample(pcm.samples, pcm.sampleRate, sampleRate), sampleRate };
}

const speech = await read(speechFile);
// Stands for a recorded response, of which none is at hand.
const office = drawRoom({ sideMetres: [4, 5], heightMetres: [3, 3], rt60Seconds: [0.3, 0.3] }, new Random(SEED));
const pools = {
  noise: [await read(noiseFile)],
  roomResponses: [{ samples: simulateRoom(office, sampleRate), sampleRate }],
};
const before = fbank(speech.samples);
const loudest = before.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);

function draw(picture, frames, top) {
  for (let t = 0; t < frames.length / melBins; t++)
    for (let bin = 0; bin < melBins; bin++) {
      const share = Math.min(1, Math.max(0, (loudest - frames[t * melBins + bin]) / RANGE));
      const shade = Math.round((255 * Math.round(share * (SHADES - 1))) / (SHADES - 1));
      for (let y = 0; y < SCALE; y++)
        for (let x = 0; x < SCALE; x++) {
          const row = top + (melBins - 1 - bin) * SCALE + y;
          picture.data.fill(
            shade,
            4 * (row * picture.width + t * SCALE + x),
            4 * (row * picture.width + t * SCALE + x) + 3,
          );
        }
    }
}

for (const step of STEPS) {
  const plan = augmentPlan(augmentSchema.parse([step]), new Random(SEED));
  const after = fbank((await applyAugment(speech, plan, pools)).samples);
  augmentFrames(after, after.length / melBins, melBins, plan);
  const width = (SCALE * Math.max(before.length, after.length)) / melBins;
  const picture = new PNG({ width, height: 2 * SCALE * melBins + GAP });
  picture.data.fill(255);
  draw(picture, before, 0);
  draw(picture, after, SCALE * melBins + GAP);
  const path = join(folder, `${step.kind}.png`);
  await writeFile(path, PNG.sync.write(picture, { colorType: 0, bitDepth: 8, deflateLevel: 9 }));
  console.log(path);
}
