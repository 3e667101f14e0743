/** The thread of one inference worker: a bundle goes in at its start, then commands; results come out. */
import { parentPort, workerData } from 'node:worker_threads';
import { asCoded } from './errors.js';
import { InferenceLoop } from './inference-loop.js';
import { StreamingModel } from './streaming-model.js';
import type { FromWorker, ToWorker, WorkerSetup } from './worker-messages.js';

const { bundle, endpointRules, decoding, ...setup } = workerData as WorkerSetup;
// A model that takes one stream at a time gains nothing by waiting for others.
const batchRules = bundle.interface.takesBatches ? setup.batchRules : { ...setup.batchRules, maxBatch: 1 };
const port = parentPort!;
const post = (messages: FromWorker[], moved: ArrayBuffer[] = []) => port.postMessage(messages, moved);

async function serve(): Promise<void> {
  const started = performance.now();
  const model = await StreamingModel.load(bundle);
  const loop = new InferenceLoop({ model, bundle, batchRules, endpointRules, decoding, post });
  port.on('message', async (commands: ToWorker[]) => {
    loop.handle(commands.filter((command) => command.type !== 'shutdown'));
    if (!commands.some((command) => command.type === 'shutdown')) return;
    await loop.stop();
    await model.release();
    port.close();
  });
  post([{ type: 'ready', loadMs: performance.now() - started }]);
}

serve().catch((error) => {
  const { code, message } = asCoded(error);
  post([{ type: 'unloadable', code, message }]);
  port.close();
});
