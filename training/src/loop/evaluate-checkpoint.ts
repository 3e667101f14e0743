/** A checkpoint and manifests go in, what it hears of them at each attention chunk comes out. */
import { ExampleLoader } from '../data/loader.js';
import { createEngine } from '../engine/create-engine.js';
import { loadCheckpoint } from './checkpoint.js';
import { manifestPaths } from './config.js';
import { type Evaluation, evaluateEngine } from './evaluate.js';
import { loadReferences } from './references.js';

export interface CheckpointEvaluation extends Evaluation {
  /** encoder frames, or the whole utterance */
  chunk: number | 'full';
}

/** Greedy error rates of a checkpoint's averaged weights, streaming with chunks and with whole utterances to attend to.
 *  @param manifests default: the recipe's dev manifests
 *  @throws AUR_CHECKPOINT_…, AUR_ENGINE_MISSING, AUR_MANIFEST_… */
export async function evaluateCheckpoint(
  path: string,
  chunks: readonly (number | 'full')[],
  manifests?: readonly string[],
): Promise<CheckpointEvaluation[]> {
  const { config, spec, tokens, state } = await loadCheckpoint(path);
  const loader = await ExampleLoader.open(config);
  try {
    const paths = manifestPaths([...(manifests ?? config.data.dev)]);
    const { references } = await loadReferences(loader, config, paths, tokens);
    const engine = await createEngine(config.engine, spec, config, state);
    try {
      const evaluations: CheckpointEvaluation[] = [];
      for (const chunk of chunks)
        evaluations.push({ chunk, ...(await evaluateEngine(engine, config, tokens, references, undefined, chunk)) });
      return evaluations;
    } finally {
      await engine.close();
    }
  } finally {
    await loader.close();
  }
}
