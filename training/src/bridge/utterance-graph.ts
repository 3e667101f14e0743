/** A network and its weights go in, the ONNX model of whole utterances comes out: full context, any length, the interface of sherpa-onnx's offline
 *  Zipformer CTC. */
import { floatTensor, int64Tensor, type OnnxAttribute, type OnnxModel, type OnnxNode } from '@auricle/bundle/onnx';
import { cleanModel } from '@auricle/bundle/passes/clean';
import * as tf from '@tensorflow/tfjs';
import { SILENCE } from '../data/example.js';
import type { ModelSpec } from '../model/config.js';
import { conformer, emptyCache } from '../model/conformer.js';
import { byName, constantWeights } from '../model/weights.js';
import { traceFreeAxes } from '../tracing/free-axes.js';
import { trace } from '../tracing/trace.js';
import { NETWORK_KEY, networkText } from './network-text.js';

/** What the score of a key beyond an utterance's end loses: its share becomes 0. */
const HIDDEN = -1e9;

/** @param weights flat, in the order of `parameterSpecs`
 *  @param longest feature frames that an utterance may have */
export function utteranceGraph(spec: ModelSpec, weights: Float32Array, longest: number): OnnxModel {
  const { melBins, leftContext, subsampling } = spec.config;
  const network = traceFreeAxes(
    (batch, length) =>
      trace(
        'auricle_utterance_ctc',
        {
          features: { shape: [batch, subsampling * length, melBins], type: 'float32' },
          key_bias: { shape: [batch, leftContext + length], type: 'float32' },
        },
        (t) => {
          const named = byName(spec, constantWeights(spec, weights));
          const features = t.features as tf.Tensor3D;
          const keyBias = t.key_bias as tf.Tensor2D;
          const { logits } = conformer(spec, named, features, length, emptyCache(spec, batch), { keyBias });
          return { log_probs: tf.logSoftmax(logits) };
        },
      ),
    { batch: 'batch', length: 'length' },
  );
  return withPadding(cleanModel(network), spec, longest);
}

/** Puts before the network what makes the features whole and hides what is padding, and gives the model its interface. */
function withPadding(model: OnnxModel, spec: ModelSpec, longest: number): OnnxModel {
  const { melBins, leftContext, subsampling } = spec.config;
  const nodes: OnnxNode[] = [];
  const make = (op: string, inputs: string[], output: string, attributes: Record<string, OnnxAttribute> = {}) =>
    nodes.push({ name: output, op, domain: '', inputs, outputs: [output], attributes });
  const whole = (name: string, values: number[], dims = [values.length]) => int64Tensor(name, dims, values);

  make('Shape', ['x'], 'batch', { start: { int: 0 }, end: { int: 1 } });
  make('Shape', ['x'], 'frames', { start: { int: 1 }, end: { int: 2 } });
  // Each output frame stands for the feature frames that it is made of, the last one also for silence that makes it whole.
  const outputFrames = (frames: string, output: string) => {
    make('Add', [frames, 'rounding'], `${output}/rounded`);
    make('Div', [`${output}/rounded`, 'subsampling'], output);
  };
  outputFrames('frames', 'length');
  outputFrames('x_lens', 'log_probs_len');
  make('Mul', ['length', 'subsampling'], 'padded_frames');
  make('Sub', ['padded_frames', 'frames'], 'missing');
  make('Concat', ['zeros[4]', 'missing', 'zeros[1]'], 'pads', { axis: { int: 0 } });
  make('Pad', ['x', 'pads', 'silence'], 'padded');
  // [N, padded frames, 1]: what is beyond an utterance's end is silence, whatever the caller padded it with.
  make('Squeeze', ['padded_frames'], 'padded_frames/number');
  make('Range', ['zero', 'padded_frames/number', 'one'], 'time');
  make('Reshape', ['x_lens', 'shape[-1,1]'], 'ends');
  make('Less', ['time', 'ends'], 'is_heard');
  make('Unsqueeze', ['is_heard', 'last_axis'], 'is_heard/frames');
  make('Where', ['is_heard/frames', 'padded', 'silence'], 'features');
  // [N, left + L]: the keys of frames beyond its end are not attended to; those before its beginning are, as in training.
  make('Squeeze', ['length'], 'length/number');
  make('Range', ['first_key', 'length/number', 'one'], 'keys');
  make('Reshape', ['log_probs_len', 'shape[-1,1]'], 'last_keys');
  make('Less', ['keys', 'last_keys'], 'is_key');
  make('Where', ['is_key', 'kept', 'hidden'], 'key_bias');

  return {
    ...model,
    graph: {
      ...model.graph,
      nodes: [...nodes, ...model.graph.nodes],
      initializers: [
        ...model.graph.initializers,
        whole('subsampling', [subsampling]),
        whole('rounding', [subsampling - 1]),
        whole('zeros[4]', [0, 0, 0, 0]),
        whole('zeros[1]', [0]),
        whole('zero', [0], []),
        whole('one', [1], []),
        whole('first_key', [-leftContext], []),
        whole('shape[-1,1]', [-1, 1]),
        whole('last_axis', [2]),
        floatTensor('silence', [], [SILENCE]),
        floatTensor('kept', [], [0]),
        floatTensor('hidden', [], [HIDDEN]),
      ],
      inputs: [
        { name: 'x', type: 'float32', dims: ['N', 'T', melBins] },
        { name: 'x_lens', type: 'int64', dims: ['N'] },
      ],
      outputs: [
        { name: 'log_probs', type: 'float32', dims: ['N', 'L', spec.vocabulary] },
        { name: 'log_probs_len', type: 'int64', dims: ['N'] },
      ],
    },
    metadata: {
      model_type: 'zipformer2_ctc',
      version: '1',
      comment: 'non-streaming conformer CTC of auricle',
      subsampling_factor: String(subsampling),
      vocab_size: String(spec.vocabulary - 1),
      longest_utterance: String(longest),
      [NETWORK_KEY]: networkText(spec),
    },
  };
}
