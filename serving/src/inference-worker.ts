/** The thread of one inference worker: a bundle goes in at its start, then commands; results come out. */
import { parentPort, workerData } from 'node:worker_threads';
import { asCoded } from './errors.js';
import { InferenceLoop } from './inference-loop.js';
import { isLogMel } from './recogniser.js';
import type { GateSizes } from './silence-gate.js';
import { StreamingModel } from './streaming-model.js';
import { UtteranceModel } from './utterance-model.js';
import type { FromWorker, ToWorker, WorkerSetup } from './worker-messages.js';

const { bundle, endpointRules, decoding, silenceGate, ...setup } = workerData as WorkerSetup;
// A model that takes one stream at a time gains nothing by waiting for others.
const batchRules = bundle.interface.takesBatches ? setup.batchRules : { ...setup.batchRules, maxBatch: 1 };
const port = parentPort!;
const post = (messages: FromWorker[], moved: ArrayBuffer[] = []) => port.postMessage(messages, moved);

/** Where it is known for how long the model remembers. */
function gateOf({ description, interface: model, tokens }: WorkerSetup['bundle']): GateSizes | undefined {
  const { leftContextFrames } = description;
  if (leftContextFrames === undefined || !isLogMel(model.frontEnd)) return undefined;
  const framesOfChunk = model.chunkShift / model.subsamplingFactor;
  // One more, for what the convolutions reach over.
  const chunks = Math.ceil(leftContextFrames / framesOfChunk) + 1;
  return { chunks, blankId: tokens.blankId, vocabulary: tokens.symbols.length };
}

async function serve(): Promise<void> {
  const started = performance.now();
  const model = await (bundle.interface.hearsWhole ? UtteranceModel : StreamingModel).load(bundle);
  const loop = new InferenceLoop({
    model,
    bundle,
    batchRules,
    endpointRules,
    decoding,
    post,
    gate: silenceGate ? gateOf(bundle) : undefined,
    trials: model.trials,
  });
  port.on('message', async (commands: ToWorker[]) => {
    loop.handle(commands.filter((command) => command.type !== 'shutdown'));
    if (!commands.some((command) => command.type === 'shutdown')) return;
    await loop.stop();
    await model.release();
    port.close();
  });
  post([{ type: 'ready', loadMs: performance.now() - started, trials: model.trials }]);
}

serve().catch((error) => {
  const { code, message } = asCoded(error);
  post([{ type: 'unloadable', code, message }]);
  port.close();
});
