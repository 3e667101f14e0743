/** Which engine and where goes in, that engine comes out, or a plain word on what is not installed for it. */
import type { ModelSpec } from '../model/config.js';
import type { EngineChoice, EngineSettings, TrainingEngine, TrainingState } from './engine.js';
import { requireProvider } from './graph-sessions.js';
import { OnnxEngine } from './onnx-engine.js';
import { TensorflowEngine } from './tensorflow-engine.js';
import { loadTensorflow } from './tensorflow-package.js';

/** Makes sure that what the engine needs is on this machine, before any work is spent on data.
 *  @throws AUR_ENGINE_MISSING naming what installs it */
export async function requireEngine({ kind, provider, precision }: EngineChoice): Promise<void> {
  if (kind === 'tensorflow') loadTensorflow(provider, precision);
  else await requireProvider(provider);
}

/** @throws AUR_ENGINE_MISSING naming what installs it */
export async function createEngine(
  choice: EngineChoice,
  spec: ModelSpec,
  settings: EngineSettings,
  state: TrainingState,
): Promise<TrainingEngine> {
  await requireEngine(choice);
  return choice.kind === 'tensorflow'
    ? new TensorflowEngine(spec, settings, state, choice.provider)
    : new OnnxEngine(spec, settings, state, choice.provider);
}
