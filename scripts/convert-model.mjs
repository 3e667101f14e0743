// Converts a bundle's float model, and holds what comes out against it in its own runtime:
//   node scripts/convert-model.mjs BUNDLE FOLDER tflite|savedmodel|torchscript RECORDINGS...
// The recordings are streamed through both; unless all texts are the same, nothing is left in FOLDER and the exit code is 1. Needs a build and
// `npm run setup:converters`, for TorchScript `npm run setup:converters -- --torch`.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fbank, readAudioFile, resample } from '@auricle/audio';
import { decodeModel, encodeModel, readBundle } from '@auricle/bundle';
import { portableModel } from '@auricle/bundle/passes/portable';
import { GreedyDecoder } from '@auricle/decoding';
import { padToChunks, streamBatch, streamSizes } from '@auricle/training/bridge/stream-batch';

/** Of each kind, the environment with its converter and runtime. */
const KINDS = { tflite: 'tensorflow', savedmodel: 'tensorflow', torchscript: 'torch' };
const SAMPLE_RATE = 16_000;
const programOf = (name) => fileURLToPath(new URL(`converters/${name}`, import.meta.url));

const [dir, target, kind, ...files] = process.argv.slice(2);
if (!Object.hasOwn(KINDS, kind) || files.length === 0)
  fail(
    `expected BUNDLE FOLDER ${Object.keys(KINDS).join('|')} RECORDINGS..., seen ${process.argv.slice(2).join(' ') || 'nothing'}`,
  );
const python = fileURLToPath(new URL(`../.cache/converters/${KINDS[kind]}/bin/python`, import.meta.url));
if (!existsSync(python))
  fail(`${python} is not there: npm run setup:converters${KINDS[kind] === 'torch' ? ' -- --torch' : ''}`);
if (existsSync(target)) fail(`${target} is there already`);

const bundle = await readBundle(dir, { precision: 'float' });
if (bundle.interface.family !== 'nemo-ctc') fail(`${dir} is a ${bundle.interface.family}: expected nemo-ctc`);
const model = portableModel(decodeModel(await readFile(bundle.modelPath), bundle.modelPath), bundle.modelPath);
const work = await mkdtemp(join(tmpdir(), 'auricle-convert-'));
try {
  await writeFile(join(work, 'model.onnx'), encodeModel(model));
  const made = join(work, 'converted');
  await mkdir(made);
  runPython('convert.py', join(work, 'model.onnx'), made, kind);
  const streams = [];
  for (const [i, file] of files.entries()) streams.push(await streamOf(file, join(work, String(i))));
  await writeFile(join(work, 'description.json'), JSON.stringify(descriptionOf(model, streams)));
  runPython('stream.py', made, kind, join(work, 'description.json'));
  let [equal, apart] = [0, 0];
  for (const { file, logProbs, expected } of streams) {
    const theirs = floatsOf(await readFile(logProbs));
    const [text, expectedText] = [textOf(theirs), textOf(expected)];
    apart = expected.reduce((most, v, j) => Math.max(most, Math.abs(v - theirs[j])), apart);
    if (text === expectedText && theirs.length === expected.length) equal++;
    else console.log(`${file}: ${JSON.stringify(text)}, expected ${JSON.stringify(expectedText)}`);
  }
  console.log(`${equal} of ${files.length} texts equal, log-probs at most ${apart.toExponential(1)} apart`);
  if (equal < files.length) process.exitCode = 1;
  else {
    await mkdir(resolve(target, '..'), { recursive: true });
    await writeFile(join(made, 'tokens.txt'), await readFile(join(dir, 'tokens.txt')));
    await rename(made, target).catch(async (error) => {
      // Another file system.
      if (error.code !== 'EXDEV') throw error;
      execFileSync('cp', ['-r', made, target]);
    });
    console.log(`written: ${target}`);
  }
} finally {
  await rm(work, { recursive: true, force: true });
}

function fail(problem) {
  console.error(problem);
  process.exit(1);
}

function runPython(program, ...args) {
  execFileSync(python, [programOf(program), ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** A recording's chunks in a file of their own, and what the ONNX model says of it. */
async function streamOf(file, path) {
  const pcm = await readAudioFile(file);
  const samples = resample(pcm.samples, pcm.sampleRate, SAMPLE_RATE);
  const padded = new Float32Array(samples.length + Math.round(bundle.description.tailSeconds * SAMPLE_RATE));
  padded.set(samples);
  const features = fbank(padded);
  const sizes = streamSizes(model);
  const { melBins, window, shift } = sizes;
  const frames = features.length / melBins;
  const whole = padToChunks([{ features, frames }], sizes);
  const chunks = new Float32Array(whole.chunks * melBins * window);
  for (let c = 0; c < whole.chunks; c++)
    for (let t = 0; t < window; t++)
      for (let m = 0; m < melBins; m++)
        chunks[(c * melBins + m) * window + t] = whole.features[(c * shift + t) * melBins + m];
  await writeFile(`${path}.features`, new Uint8Array(chunks.buffer));
  const expected = [];
  const logProbs = model.graph.outputs[0].name;
  await streamBatch(model, whole, (outputs) => expected.push(...outputs[logProbs].data));
  return {
    file: basename(file),
    features: `${path}.features`,
    logProbs: `${path}.logprobs`,
    chunks: whole.chunks,
    expected,
  };
}

function descriptionOf({ graph }, streams) {
  const value = ({ name, dims, type }) => ({ name, shape: dims, type });
  return {
    inputs: graph.inputs.map(value),
    outputs: graph.outputs.map(value),
    streams: streams.map(({ expected, ...stream }) => stream),
  };
}

function floatsOf(bytes) {
  return new Float32Array(new Uint8Array(bytes).buffer);
}

function textOf(logProbs) {
  const decoder = new GreedyDecoder(bundle.tokens, { frameSeconds: 0.04 });
  decoder.push(Float32Array.from(logProbs), logProbs.length / bundle.tokens.symbols.length);
  return decoder.result(true).text;
}
