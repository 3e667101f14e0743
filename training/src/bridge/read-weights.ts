/** An exported streaming model goes in, the network and the weights that it was made of come out. */
import { floatTensor, floatValues, type OnnxModel, type OnnxTensor } from '@auricle/bundle/onnx';
import { type ModelSpec, parameterCount, parameterSpecs, placedParameters } from '../model/config.js';
import { NETWORK_KEY, parseNetwork } from './network-text.js';

/** The inverse of `streamingGraph` and `utteranceGraph`, to the bit; of an int8 model what its integers stand for.
 *  @returns weights flat, in the order of `parameterSpecs`
 *  @throws an Error that says what the model lacks */
export function readWeights({ graph, metadata }: OnnxModel): { spec: ModelSpec; weights: Float32Array } {
  if (!Object.hasOwn(metadata, NETWORK_KEY))
    throw new Error(
      `its metadata have no ${NETWORK_KEY}: it was exported by another program, or before weights had names; export it from its checkpoint again`,
    );
  const spec: ModelSpec = { ...parseNetwork(metadata[NETWORK_KEY]), vocabulary: Number(metadata.vocab_size) + 1 };
  const specs = parameterSpecs(spec);
  const constants = new Map(graph.initializers.map(withoutFactor).map((constant) => [constant.name, constant]));
  const weights = new Float32Array(parameterCount(specs));
  for (const { name, shape, at } of placedParameters(specs)) {
    const constant =
      constants.get(name) ??
      dequantised(constants, name) ??
      joinedRows(constants, name, shape[0]) ??
      fromColumns(constants, name, shape);
    if (constant?.type !== 'float32' || constant.dims.join() !== shape.join())
      throw new Error(
        `${name} is ${constant ? `${constant.type} [${constant.dims}]` : 'not in it'}: expected float32 [${shape}]`,
      );
    weights.set(floatValues(constant), at);
  }
  return { spec, weights };
}

/** Quantisation multiplies the factors of a `Gemm` into its weight and bias and says so in their names. */
const FACTOR = /\*([\d.e+-]+)(?=$|\.(int8|scale)$)/;

function withoutFactor(constant: OnnxTensor): OnnxTensor {
  const found = FACTOR.exec(constant.name);
  if (!found) return constant;
  const name = constant.name.replace(FACTOR, '');
  if (constant.type !== 'float32') return { ...constant, name };
  const factor = Number(found[1]);
  return floatTensor(
    name,
    constant.dims,
    floatValues(constant).map((v) => v / factor),
  );
}

/** A weight that quantisation made 8-bit integers with a scale for each column. */
function dequantised(constants: ReadonlyMap<string, OnnxTensor>, name: string): OnnxTensor | undefined {
  const [integers, scale] = [constants.get(`${name}.int8`), constants.get(`${name}.scale`)];
  if (integers?.type !== 'int8' || scale?.type !== 'float32' || scale.dims.join() !== String(integers.dims.at(-1)))
    return undefined;
  const scales = floatValues(scale);
  const { buffer, byteOffset, byteLength } = integers.data;
  const values = Float32Array.from(
    new Int8Array(buffer, byteOffset, byteLength),
    (n, i) => n * scales[i % scales.length],
  );
  return floatTensor(name, integers.dims, values);
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
