/** A size and a chunk go in, a model bundle with random weights comes out: for benches of speed, where what is heard does not matter.
 *
 *  node scripts/random-bundle.mjs OUT [--size m] [--chunk-ms 320] [--left-frames 32] [--tokens 29] [--seed 1]
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fbank, readAudioFile, resample } from '@auricle/audio';
import { encodeModel, writeBundle } from '@auricle/bundle';
import { parseTokens } from '@auricle/decoding';
import { encoderFrameMs, modelConfigSchema, parameterCount, parameterSpecs } from '@auricle/training';
import { quantise } from '@auricle/training/bridge/quantise';
import { padToChunks, streamBatch, streamSizes } from '@auricle/training/bridge/stream-batch';
import { streamingGraph } from '@auricle/training/bridge/streaming-graph';
import { featureStatistics } from '@auricle/training/data/statistics';
import { initialWeights } from '@auricle/training/model/init';

/** Share of the frames that a trained model calls blank: decoding is to cost what it costs in service. */
const BLANK_SHARE = 0.8;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    size: { type: 'string', default: 'm' },
    'chunk-ms': { type: 'string', default: '320' },
    'left-frames': { type: 'string', default: '32' },
    subsampling: { type: 'string', default: '4' },
    tokens: { type: 'string', default: '29' },
    seed: { type: 'string', default: '1' },
  },
});
const [out] = positionals;
if (!out) throw new Error('usage: node scripts/random-bundle.mjs OUT [--size m] …');
const vocabulary = Number(options.tokens);
const config = modelConfigSchema.parse({
  size: options.size,
  leftContext: Number(options['left-frames']),
  subsampling: Number(options.subsampling),
});
const chunk = Number(options['chunk-ms']) / encoderFrameMs(config);

const pcm = await readAudioFile(new URL('../models/digits-en/recording.wav', import.meta.url).pathname);
const features = fbank(resample(pcm.samples, pcm.sampleRate, 16_000));
const example = { features, frames: features.length / config.melBins, labels: [] };

const spec = { config, vocabulary, features: featureStatistics([example], config.melBins) };
const specs = parameterSpecs(spec);
const weights = initialWeights(specs, Number(options.seed));
// The blank's bias is the output layer's first.
const blankBias = parameterCount(specs) - vocabulary;
weights[blankBias] = await biasOfBlank(streamingGraph(spec, weights, chunk));

const float = streamingGraph(spec, weights, chunk);
const { model: int8 } = await quantise(float, { method: 'static', examples: [example] });
mkdirSync(out, { recursive: true });
for (const [name, model] of Object.entries({ 'model.onnx': float, 'model.int8.onnx': int8 })) {
  const bytes = encodeModel(model);
  writeFileSync(join(out, name), bytes);
  console.log(`${join(out, name)}: ${(bytes.length / 1e6).toFixed(2)} MB`);
}
const frames = chunk * config.subsampling;
await writeBundle(
  out,
  {
    version: 1,
    name: `random-${options.size}`,
    chunkFrames: frames,
    chunkShift: frames,
    subsampling: config.subsampling,
    vocabulary: { kind: 'characters', size: vocabulary - 1 },
    leftContextFrames: config.leftContext,
    tailSeconds: 0.4,
    training: { parameters: parameterCount(specs), weights: `random, seed ${options.seed}` },
  },
  parseTokens(tokenLines(vocabulary)),
);
console.log(`${(parameterCount(specs) / 1e6).toFixed(2)} million parameters, ${vocabulary} tokens`);

/** What must be added to the blank's logit for it to win its share of the frames. */
async function biasOfBlank(model) {
  const lacking = [];
  await streamBatch(model, padToChunks([example], streamSizes(model)), ({ logprobs }) => {
    for (let at = 0; at < logprobs.data.length; at += vocabulary) {
      const [blank, ...others] = logprobs.data.subarray(at, at + vocabulary);
      lacking.push(Math.max(...others) - blank);
    }
  });
  return lacking.sort((a, b) => a - b)[Math.floor(BLANK_SHARE * (lacking.length - 1))];
}

/** Blank, the mark of a word's start, and letters from `a` on. */
function tokenLines(count) {
  const symbols = Array.from({ length: count - 2 }, (_, i) => String.fromCodePoint('a'.codePointAt(0) + i));
  return ['<blk>', '▁', ...symbols].map((symbol, id) => `${symbol} ${id}\n`).join('');
}
