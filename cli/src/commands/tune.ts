/** `auricle tune`: a development set and a language model go in, the weights that make the fewest errors come out. */
import { bundledDecoding } from '@auricle/bundle';
import {
  DecoderFactory,
  type DecodingPlan,
  planDecoding,
  searchWeights,
  type TokenTable,
  type Weights,
  wordErrorRate,
} from '@auricle/decoding';
import { createEngine, type Engine } from '@auricle/serving';
import { frameSecondsOf } from '@auricle/serving/recogniser';
import { Command } from 'commander';
import { type DecodingFlags, decodingOf, warnOfHotwords, withDecodingOptions } from '../decoding-options.js';
import { DEFAULT_BUNDLE } from '../default-bundle.js';
import { hearManifest } from '../hear.js';

interface Heard {
  reference: string;
  /** of a chunk each */
  logProbs: { values: Float32Array; frames: number }[];
}

export const tuneCommand = withDecodingOptions(
  new Command('tune')
    .description(
      'find the weights --alpha and --beta of a language model, and --prior-scale where the bundle has priors, on a development set',
    )
    .argument('<manifest>')
    .option('--model <bundle>', 'folder of a model bundle', DEFAULT_BUNDLE)
    .option('--float', 'use the float model where there is an int8 one too', false),
).action(async (manifest: string, flags: DecodingFlags & { model: string; float: boolean }) => {
  const decoding = await decodingOf(flags);
  const engine = await createEngine({ bundle: flags.model, precision: flags.float ? 'float' : undefined });
  warnOfHotwords(engine, decoding);
  const { tokens } = engine.bundle;
  const plan = planDecoding(tokens, { beam: 16, ...(await bundledDecoding(engine.bundle, decoding)) });
  const timing = { frameSeconds: frameSecondsOf(engine.bundle) };
  let heard: Heard[];
  try {
    heard = await hear(engine, manifest);
  } finally {
    await engine.close();
  }
  const words = heard.reduce((sum, { reference }) => sum + reference.split(/\s+/).length, 0);
  const show = ({ alpha, beta, priorScale }: Weights, errors: number) =>
    `alpha ${alpha}, beta ${beta}${plan.priors ? `, prior scale ${priorScale}` : ''}: ${errors} errors, WER ${((100 * errors) / words).toFixed(2)} %`;
  console.log(
    `greedy: ${show({ alpha: 0, beta: 0, priorScale: 0 }, errorsOf(heard, tokens, timing, planDecoding(tokens)))}`,
  );
  const best = await searchWeights((weights) => errorsOf(heard, tokens, timing, weighted(plan, weights)), {
    start: { alpha: plan.weights.alpha, beta: plan.weights.beta, priorScale: plan.priors?.scale ?? 0 },
    steps: { alpha: 0.25, beta: 1, priorScale: plan.priors ? 0.25 : 0 },
    onTrial: (trial) => console.log(show(trial, trial.errors)),
  });
  const scale = plan.priors ? ` --prior-scale ${best.priorScale}` : '';
  console.log(`best: --alpha ${best.alpha} --beta ${best.beta}${scale} (${show(best, best.errors)})`);
});

/** The model hears every utterance once; decoding is then tried on what it heard. */
async function hear(engine: Engine, manifest: string): Promise<Heard[]> {
  const heard: Heard[] = [];
  await hearManifest(engine, manifest, ({ text }, at) => {
    const logProbs: Heard['logProbs'] = [];
    heard[at] = { reference: text, logProbs };
    return (chunk) => logProbs.push(chunk);
  });
  return heard;
}

const weighted = (plan: DecodingPlan, { priorScale, ...weights }: Weights): DecodingPlan => ({
  ...plan,
  weights: { ...plan.weights, ...weights },
  priors: plan.priors && { ...plan.priors, scale: priorScale },
});

function errorsOf(heard: readonly Heard[], tokens: TokenTable, timing: { frameSeconds: number }, plan: DecodingPlan) {
  const decoders = new DecoderFactory(tokens, timing, plan);
  const pairs = heard.map(({ reference, logProbs }) => {
    const { decoder } = decoders.create();
    for (const { values, frames } of logProbs) decoder.push(values, frames);
    return { reference, hypothesis: decoder.result(true).text };
  });
  const { substitutions, insertions, deletions } = wordErrorRate(pairs);
  return substitutions + insertions + deletions;
}
