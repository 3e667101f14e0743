/** An exported streaming model goes in, the network and the weights that it was made of come out. */
import { floatTensor, floatValues, type OnnxModel, type OnnxTensor } from '@auricle/bundle/onnx';
import { type ModelSpec, parameterCount, parameterSpecs } from '../model/config.js';
import { NETWORK_KEY, parseNetwork } from './network-text.js';

/** The inverse of `streamingGraph` and `utteranceGraph`, to the bit.
 *  @returns weights flat, in the order of `parameterSpecs`
 *  @throws an Error that says what the model lacks */
export function readWeights({ graph, metadata }: OnnxModel): { spec: ModelSpec; weights: Float32Array } {
  if (!Object.hasOwn(metadata, NETWORK_KEY))
    throw new Error(
      `its metadata have no ${NETWORK_KEY}: it was exported by another program, or before weights had names; export it from its checkpoint again`,
    );
  const spec: ModelSpec = { ...parseNetwork(metadata[NETWORK_KEY]), vocabulary: Number(metadata.vocab_size) + 1 };
  const specs = parameterSpecs(spec);
  const constants = new Map(graph.initializers.map((constant) => [constant.name, constant]));
  const weights = new Float32Array(parameterCount(specs));
  let at = 0;
  for (const { name, shape } of specs) {
    const constant =
      constants.get(name) ?? joinedRows(constants, name, shape[0]) ?? fromColumns(constants, name, shape);
    if (constant?.type !== 'float32' || constant.dims.join() !== shape.join())
      throw new Error(
        `${name} is ${constant ? `${constant.type} [${constant.dims}]` : 'not in it'}: expected float32 [${shape}]`,
      );
    const values = floatValues(constant);
    weights.set(values, at);
    at += values.length;
  }
  return { spec, weights };
}

/** A weight whose rows are constants of their own, as the pass that folds constants leaves it. */
function joinedRows(constants: ReadonlyMap<string, OnnxTensor>, name: string, rows: number): OnnxTensor | undefined {
  const parts = Array.from({ length: rows }, (_, i) => constants.get(`${name}[${i}:${i + 1}]`));
  const [first] = parts;
  if (!first || !parts.every((part) => part?.type === 'float32' && part.dims.join() === first.dims.join()))
    return undefined;
  const values = Float32Array.from(parts.flatMap((part) => [...floatValues(part!)]));
  return floatTensor(name, [rows, ...first.dims.slice(1)], values);
}

/** A matrix that is read by its columns alone, as a convolution reads its filters. */
function fromColumns(
  constants: ReadonlyMap<string, OnnxTensor>,
  name: string,
  [rows, columns]: number[],
): OnnxTensor | undefined {
  const turned = constants.get(`${name}^T:${columns}x1x${rows}`);
  if (turned?.type !== 'float32') return undefined;
  const values = floatValues(turned);
  const turnedBack = Float32Array.from(values, (_, i) => values[(i % columns) * rows + Math.floor(i / columns)]);
  return floatTensor(name, [rows, columns], turnedBack);
}
