/** A recording goes in, its words appear while it is worked through: features, model and decoder all run in this page. */
import type { BundleDescription } from '@auricle/bundle/description';
import { parseTokens } from '@auricle/decoding';
import { Recogniser, type RecogniserModel } from '@auricle/serving/recogniser';
import type { Segment } from '@auricle/serving/results';
import { BrowserModel } from './browser-model.js';

const RATE = 16_000;
/** Samples between two looks at the screen. */
const PIECE = RATE / 10;

const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;
const status = (text: string) => element('status').replaceChildren(text);

async function fetched(path: string): Promise<Response> {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(`${path}: status ${answer.status}`);
  return answer;
}

interface Loaded {
  model: BrowserModel;
  recogniser: RecogniserModel;
}

async function load(): Promise<Loaded> {
  const [description, tokens, model] = await Promise.all([
    fetched('model/bundle.json').then((answer) => answer.json() as Promise<BundleDescription>),
    fetched('model/tokens.txt').then(async (answer) => parseTokens(await answer.text())),
    BrowserModel.load('model/model.int8.onnx'),
  ]);
  const recogniser = {
    description,
    tokens,
    interface: {
      frontEnd: { kind: 'fbank', sampleRate: RATE, melBins: 80, gain: 1 },
      windowSize: description.chunkFrames,
      chunkShift: description.chunkShift,
      subsamplingFactor: description.subsampling,
    },
  } as RecogniserModel;
  return { model, recogniser };
}

/** The browser's own decoder, resampled to the model's rate where it must be, channels averaged. */
async function samplesOf(bytes: ArrayBuffer): Promise<Float32Array> {
  const audio = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(bytes);
  const samples = new Float32Array(audio.length);
  for (let channel = 0; channel < audio.numberOfChannels; channel++)
    audio.getChannelData(channel).forEach((value, i) => {
      samples[i] += value / audio.numberOfChannels;
    });
  return samples;
}

async function transcribe({ model, recogniser: about }: Loaded, samples: Float32Array): Promise<void> {
  const started = performance.now();
  const segments: string[] = [];
  const show = (segment: Segment | undefined) => {
    if (!segment) return;
    segments[segment.segment] = segment.text;
    element('text').replaceChildren(segments.join(' '));
  };
  model.reset();
  const recogniser = new Recogniser(about, { sampleRate: RATE });
  for (let at = 0; at < samples.length; at += PIECE) {
    recogniser.push(samples.subarray(at, at + PIECE));
    if (at + PIECE >= samples.length) recogniser.finish();
    for (let chunk = recogniser.nextChunk(); chunk; chunk = recogniser.nextChunk()) {
      const { values, frames } = await model.run(chunk);
      show(recogniser.accept(values, frames));
    }
  }
  const seconds = samples.length / RATE;
  const took = (performance.now() - started) / 1000;
  status(
    `Done: ${seconds.toFixed(1)} s of audio in ${took.toFixed(2)} s, ${(seconds / took).toFixed(1)} times real time`,
  );
}

async function begin(): Promise<void> {
  status('Loading the model …');
  const loaded = await load();
  const work = async (bytes: Promise<ArrayBuffer>) => {
    element<HTMLButtonElement>('recording').disabled = true;
    status('Listening …');
    try {
      await transcribe(loaded, await samplesOf(await bytes));
    } catch (error) {
      status(`It cannot be transcribed: ${(error as Error).message}`);
    }
    element<HTMLButtonElement>('recording').disabled = false;
  };
  element('recording').addEventListener('click', () =>
    work(fetched('model/recording.wav').then((a) => a.arrayBuffer())),
  );
  element<HTMLInputElement>('file').addEventListener('change', (event) => {
    const file = (event.target as HTMLInputElement).files?.[0];
    if (file) work(file.arrayBuffer());
  });
  element<HTMLButtonElement>('recording').disabled = false;
  status('Ready');
}

begin().catch((error: Error) => status(`It cannot start: ${error.message}`));
