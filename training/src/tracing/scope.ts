/** A module's name goes in; the nodes that its body emits carry it. */
import * as tf from '@tensorflow/tfjs';
import { currentTape, TRACING_BACKEND } from './backend.js';

/** Names the graph nodes of `body` after a module of the network; on other backends it only runs `body`. */
export const scoped = <T>(name: string, body: () => T): T =>
  tf.getBackend() === TRACING_BACKEND ? currentTape().scoped(name, body) : body();
