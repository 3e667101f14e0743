/** A model of whole utterances made of the bundled one's weights: what sherpa-onnx's offline recogniser says, and what our engine makes of long audio. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeWav, readAudioFile, resample } from '@auricle/audio';
import { type BundleDescriptionInput, decodeModel, encodeModel, readBundle, writeBundle } from '@auricle/bundle';
import { createEngine, type Engine, transcribe, transcribeSamples } from '@auricle/serving';
import { readWeights } from '@auricle/training/bridge/read-weights';
import { utteranceGraph } from '@auricle/training/bridge/utterance-graph';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sherpaWholeTexts } from '../fixtures/sherpa.js';

const DIGITS = join(import.meta.dirname, '../../models/digits-en');
const RATE = 16_000;
const TAIL_SECONDS = 0.24;

let folder: string;
let bundle: string;
let engine: Engine;
/** with the tail of silence in them, which sherpa-onnx does not add */
const files: string[] = [];
const recordings: Float32Array[] = [];

/** @param seconds of the longest utterance, its tail included */
async function writeWhole(dir: string, seconds: number): Promise<string> {
  const { spec, weights } = readWeights(decodeModel(await readFile(join(DIGITS, 'model.onnx')), 'model.onnx'));
  const frames = 100 * seconds;
  const { description, tokens } = await readBundle(DIGITS);
  const { leftContextFrames, ...rest } = description;
  const whole: BundleDescriptionInput = { ...rest, chunkFrames: frames, chunkShift: frames, tailSeconds: TAIL_SECONDS };
  await writeBundle(dir, whole, tokens);
  await writeFile(join(dir, 'model.onnx'), encodeModel(utteranceGraph(spec, weights, frames)));
  return dir;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auricle-whole-'));
  bundle = await writeWhole(join(folder, 'whole'), 20);
  engine = await createEngine({ bundle });
  const speech = await readAudioFile(join(DIGITS, 'recording.wav'));
  // The bundled recording at four speeds and five levels, begun at five places.
  for (let i = 0; i < 20; i++) {
    const speed = Math.round(speech.sampleRate * (0.88 + 0.08 * (i % 4)));
    const part = resample(speech.samples.subarray(4_000 * (i % 5)), speed, RATE).map((s) => s * (0.4 + 0.2 * (i % 5)));
    const padded = new Float32Array(part.length + TAIL_SECONDS * RATE);
    padded.set(part);
    recordings.push(part);
    files.push(join(folder, `${i}.wav`));
    await writeFile(files[i], encodeWav({ samples: padded, sampleRate: RATE }));
  }
});
afterAll(async () => {
  await engine.close();
  await rm(folder, { recursive: true });
});

describe('a model of whole utterances', () => {
  it('says on 20 recordings what sherpa-onnx’s offline recogniser says', async () => {
    const ours = await Promise.all(
      files.map(async (file) => {
        const { samples, sampleRate } = await readAudioFile(file);
        // The engine adds the tail itself.
        const spoken = samples.subarray(0, samples.length - TAIL_SECONDS * RATE);
        return (await transcribeSamples(engine, { samples: spoken, sampleRate })).text;
      }),
    );
    expect(ours.filter((text) => text.split(' ').length >= 5).length).toBeGreaterThan(15);
    expect(sherpaWholeTexts(join(bundle, 'model.onnx'), join(bundle, 'tokens.txt'), files)).toEqual(ours);
  });

  it('gives the same log-probs however the audio is cut into packets, all at the end', async () => {
    const [samples] = recordings;
    const logProbsOf = async (packet: number) => {
      const found: number[] = [];
      let early = 0;
      const stream = engine.openStream({ sampleRate: RATE, onLogProbs: ({ values }) => found.push(...values) });
      for (let at = 0; at < samples.length; at += packet) stream.push(samples.subarray(at, at + packet));
      await stream.drained(2);
      early = found.length;
      const { text } = await stream.finish();
      return { found, early, text };
    };
    const [whole, cut] = [await logProbsOf(samples.length), await logProbsOf(997)];
    expect(whole.early).toBe(0);
    expect(whole.found.length).toBe(11 * Math.ceil((samples.length / 160 + 24) / 4));
    expect(cut).toEqual(whole);
  });

  it('is known by its comment in a bare folder, as icefall writes it', async () => {
    const bare = join(folder, 'bare');
    await writeWhole(bare, 20);
    await rm(join(bare, 'bundle.json'));
    const model = decodeModel(await readFile(join(bare, 'model.onnx')), 'model.onnx');
    const metadata = { model_type: 'zipformer2_ctc', version: '1', comment: 'non-streaming zipformer2 CTC' };
    await writeFile(join(bare, 'model.onnx'), encodeModel({ ...model, metadata }));
    const { interface: sizes } = await readBundle(bare);
    expect(sizes).toMatchObject({ family: 'zipformer-ctc', hearsWhole: true, windowSize: 3000, vocabSize: 10 });
    const other = await createEngine({ bundle: bare });
    const pcm = { samples: recordings[2], sampleRate: RATE };
    expect((await transcribeSamples(other, pcm)).text).toBe((await transcribeSamples(engine, pcm)).text);
    await other.close();
  });

  it('is refused where it takes one length only', async () => {
    const fixed = await writeWhole(join(folder, 'fixed'), 20);
    const model = decodeModel(await readFile(join(fixed, 'model.onnx')), 'model.onnx');
    model.graph.inputs[0].dims = ['N', 100, 80];
    await writeFile(join(fixed, 'model.onnx'), encodeModel(model));
    await expect(createEngine({ bundle: fixed })).rejects.toMatchObject({ code: 'AUR_SERVING_MODEL' });
  });
});

describe('audio longer than the longest utterance', () => {
  it('is cut at pauses by the transcription of files, whatever cut is asked for', async () => {
    const short = await writeWhole(join(folder, 'short'), 2);
    const other = await createEngine({ bundle: short });
    const file = join(folder, 'long.wav');
    const [samples] = recordings;
    const long = new Float32Array(3 * samples.length);
    for (let i = 0; i < 3; i++) long.set(samples, i * samples.length);
    await writeFile(file, encodeWav({ samples: long, sampleRate: RATE }));
    for (const cutSeconds of [0, 120]) {
      for await (const { transcript, error } of transcribe([file], { engine: other, cutSeconds })) {
        expect(error).toBeUndefined();
        const words = transcript!.text.split(' ');
        expect(words.length).toBeGreaterThanOrEqual(18);
        for (const { start, end } of transcript!.segments) expect(end - start).toBeLessThan(2);
      }
    }
    await other.close();
  });

  it('is heard piece by piece on a live stream', async () => {
    const short = await createEngine({ bundle: join(folder, 'short') });
    const heard: number[] = [];
    const samples = new Float32Array(5 * RATE);
    const stream = short.openStream({ sampleRate: RATE, onLogProbs: ({ frames }) => heard.push(frames) });
    stream.push(samples);
    await stream.finish();
    await short.close();
    // 5.24 s in pieces of 2 s, 50 output frames each.
    expect(heard).toEqual([50, 50, 31]);
  });
});
