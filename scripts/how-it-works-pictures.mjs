// The pictures of docs/guides/how-it-works.md: what the bundled model makes of its recording, step by step.
//   node scripts/how-it-works-pictures.mjs [docs/guides/pictures]
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FBANK, fbank, readAudioFile, resample } from '@auricle/audio';
import { createEngine } from '@auricle/serving';
import { PNG } from 'pngjs';

const BUNDLE = fileURLToPath(new URL('../models/digits-en', import.meta.url));
const folder = process.argv[2] ?? fileURLToPath(new URL('../docs/guides/pictures', import.meta.url));
const { sampleRate, melBins, hopSamples } = FBANK;

const recording = await readAudioFile(join(BUNDLE, 'recording.wav'));
const samples = resample(recording.samples, recording.sampleRate, sampleRate);
const seconds = samples.length / sampleRate;

const PACKET_SECONDS = 0.02;
const engine = await createEngine({ bundle: BUNDLE });
const { tokens, description, interface: sizes } = engine.bundle;
const chunkSeconds = (sizes.chunkShift * hopSamples) / sampleRate;
const frameSeconds = (sizes.subsamplingFactor * hopSamples) / sampleRate;
const heard = [];
const probabilities = [];
let pushed = 0;
const stream = engine.openStream({
  sampleRate,
  onLogProbs: ({ values, frames }) => {
    const size = values.length / frames;
    for (let t = 0; t < frames; t++) probabilities.push([...values.subarray(t * size, (t + 1) * size)].map(Math.exp));
  },
  onSegment: ({ text }) => heard.push({ seconds: pushed / sampleRate, text }),
});
for (const step = Math.round(PACKET_SECONDS * sampleRate); pushed < samples.length; ) {
  stream.push(samples.subarray(pushed, pushed + step));
  pushed = Math.min(samples.length, pushed + step);
  // Every packet's results before the next one, as if it came at the pace of speech.
  await stream.drained(0);
}
const { segments } = await stream.finish();
await engine.close();
const words = segments.flatMap((segment) => segment.words);

const WIDTH = 960;
const LEFT = 70;
const x = (time) => LEFT + ((WIDTH - LEFT - 10) * time) / seconds;
const INK = '#555';
const COLOURS = [
  '#0072b2',
  '#d55e00',
  '#009e73',
  '#cc79a7',
  '#e69f00',
  '#56b4e9',
  '#882255',
  '#44aa99',
  '#999933',
  '#332288',
];
const svg = (height, title, parts) =>
  [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="13" role="img">`,
    `<title>${title}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    ...parts.flat(),
    '</svg>\n',
  ].join('\n');
const text = (at, y, said, attributes = '') =>
  `<text x="${at.toFixed(1)}" y="${y}" fill="${INK}" ${attributes}>${said}</text>`;
const line = (x1, y1, x2, y2, attributes) =>
  `<line x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}" ${attributes}/>`;
const secondsAxis = (y) =>
  Array.from({ length: Math.floor(seconds) + 1 }, (_, s) => [
    line(x(s), y, x(s), y + 5, `stroke="${INK}"`),
    text(x(s), y + 18, `${s} s`, 'text-anchor="middle"'),
  ]).flat();
const chunkEdges = (top, bottom) =>
  Array.from({ length: Math.floor(seconds / chunkSeconds) + 1 }, (_, i) =>
    line(x(i * chunkSeconds), top, x(i * chunkSeconds), bottom, 'stroke="#bbb" stroke-dasharray="3 3"'),
  );
const write = async (name, content) => {
  await writeFile(join(folder, name), content);
  console.log(join(folder, name));
};

const COLUMNS = 440;
const wave = Array.from({ length: COLUMNS }, (_, column) => {
  const [from, to] = [column, column + 1].map((c) => Math.floor((samples.length * c) / COLUMNS));
  const loudest = samples.subarray(from, to).reduce((most, s) => Math.max(most, Math.abs(s)), 0);
  const at = x((seconds * (column + 0.5)) / COLUMNS);
  return line(at, 70 - 60 * loudest, at, 70 + 60 * loudest, 'stroke="#0072b2" stroke-width="1.6"');
});
const spans = words.map(({ word, start, end }) => [
  `<rect x="${x(start).toFixed(1)}" y="140" width="${(x(end) - x(start)).toFixed(1)}" height="22" fill="#dde8f4"/>`,
  text(x((start + end) / 2), 156, word, 'text-anchor="middle"'),
]);
await write('how-sound.svg', svg(190, 'The recording and the words found in it', [wave, ...spans, secondsAxis(164)]));

const frames = fbank(samples);
const count = frames.length / melBins;
const loudest = frames.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
const SHADES = 16;
/** From the loudest, black, to white, in natural logarithms of energy. */
const RANGE = 12;
const picture = new PNG({ width: 2 * count, height: 2 * melBins });
for (let row = 0; row < picture.height; row++)
  for (let column = 0; column < picture.width; column++) {
    const value = frames[(column >> 1) * melBins + (melBins - 1 - (row >> 1))];
    const share = Math.min(1, Math.max(0, (loudest - value) / RANGE));
    const shade = Math.round((255 * Math.round(share * (SHADES - 1))) / (SHADES - 1));
    picture.data.set([shade, shade, shade, 255], 4 * (row * picture.width + column));
  }
await write('how-frames.png', PNG.sync.write(picture, { colorType: 0, bitDepth: 8, deflateLevel: 9 }));

const symbols = tokens.symbols;
const shown = probabilities.slice(0, Math.ceil(seconds / frameSeconds));
const curves = symbols.map((symbol, token) => {
  const points = shown.map(
    (row, t) => `${x(Math.min(seconds, (t + 0.5) * frameSeconds)).toFixed(1)},${(150 - 120 * row[token]).toFixed(1)}`,
  );
  const isBlank = token === tokens.blankId;
  const colour = isBlank ? '#bbb' : COLOURS[token % COLOURS.length];
  const peak = shown.reduce((best, row, t) => (row[token] > shown[best][token] ? t : best), 0);
  const peaks = isBlank
    ? []
    : shown.flatMap((row, t) => {
        const isPeak =
          row[token] > 0.5 && row[token] >= (shown[t - 1]?.[token] ?? 0) && row[token] > (shown[t + 1]?.[token] ?? 0);
        return isPeak
          ? [
              text(
                x((t + 0.5) * frameSeconds),
                24,
                symbol.replace('▁', ''),
                `text-anchor="middle" style="fill:${colour}"`,
              ),
            ]
          : [];
      });
  const label = isBlank
    ? [text(x((peak + 0.5) * frameSeconds), 44, 'blank', 'text-anchor="middle" style="fill:#999"')]
    : [];
  return [
    `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="${isBlank ? 1.2 : 2}"/>`,
    ...peaks,
    ...label,
  ];
});
const scale = [0, 0.5, 1].map((p) => text(LEFT - 10, 154 - 120 * p, String(p), 'text-anchor="end"'));
await write(
  'how-emissions.svg',
  svg(190, 'What the network finds likely, frame by frame', [chunkEdges(30, 150), ...curves, scale, secondsAxis(154)]),
);

const byTime = heard.filter(({ text: said }, i) => said !== heard[i - 1]?.text).slice(0, 10);
const rows = byTime.map(({ seconds: at, text: said }, i) => [
  line(x(Math.min(at, seconds)), 8, x(Math.min(at, seconds)), 22 + 20 * i, 'stroke="#ddd"'),
  text(LEFT, 26 + 20 * i, `${at.toFixed(2)} s`, 'text-anchor="start"'),
  text(LEFT + 70, 26 + 20 * i, said),
]);
await write(
  'how-partials.svg',
  svg(50 + 20 * byTime.length, 'What is shown while one speaks, by the audio sent so far', [
    rows,
    secondsAxis(24 + 20 * byTime.length),
  ]),
);

const CELL = 16;
const [chunk, left] = [4, 8];
const QUERIES = 16;
const mask = Array.from({ length: QUERIES * QUERIES }, (_, i) => {
  const [query, key] = [Math.floor(i / QUERIES), i % QUERIES];
  const start = Math.floor(query / chunk) * chunk;
  const fill = key >= start + chunk || key < start - left ? '#eee' : key >= start ? '#0072b2' : '#9ecae1';
  return `<rect x="${LEFT + key * CELL}" y="${20 + query * CELL}" width="${CELL - 1}" height="${CELL - 1}" fill="${fill}"/>`;
});
const side = LEFT + QUERIES * CELL + 20;
const legend = [
  ['#0072b2', 'the chunk itself, later frames of it too'],
  ['#9ecae1', 'the left context: kept from earlier chunks in a cache'],
  ['#eee', 'not seen: forgotten, or not said yet'],
].map(([fill, said], i) => [
  `<rect x="${side}" y="${60 + 28 * i}" width="14" height="14" fill="${fill}"/>`,
  text(side + 22, 72 + 28 * i, said),
]);
await write(
  'how-chunks.svg',
  svg(300, 'Which frames each frame attends to', [
    mask,
    ...legend,
    text(LEFT, 14, 'frames heard, left to right; each row is a frame that listens'),
  ]),
);
console.log(description.name, words.map(({ word }) => word).join(' '));
