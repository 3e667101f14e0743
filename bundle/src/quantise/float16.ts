/** A float model goes in, the same with its constants as 16-bit floats comes out: half the file; it computes in 32 bits. */
import { floatValues, type OnnxModel, type OnnxTensor } from '../onnx.js';
import { valuesRead } from '../passes/graph-view.js';
import { node } from './products.js';

/** Fewer values are not worth a node. */
const FEWEST = 256;
/** The greatest 16-bit float. */
const GREATEST = 65_504;
/** ONNX's code of float32, which is cast to. */
const FLOAT32 = 1;

const scratch = new DataView(new ArrayBuffer(4));

/** The bits of the 16-bit float nearest to a number; of two equally near the even one. */
export function float16Bits(value: number): number {
  scratch.setFloat32(0, value);
  const bits = scratch.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = Math.abs(Math.fround(value));
  if (Number.isNaN(value)) return sign | 0x7e00;
  if (magnitude >= 65_520) return sign | 0x7c00;
  // Subnormal ones are whole multiples of 2^-24.
  if (magnitude < 2 ** -14) return sign | roundEven(magnitude * 2 ** 24);
  const exponent = Math.floor(Math.log2(magnitude));
  const power = 2 ** exponent > magnitude ? exponent - 1 : 2 ** (exponent + 1) <= magnitude ? exponent + 1 : exponent;
  // A fraction that rounds up to 1 carries into the exponent.
  return sign | (((power + 15) << 10) + roundEven((magnitude / 2 ** power - 1) * 1024));
}

function roundEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}

/** ONNX Runtime's CPU provider has few products of 16-bit floats, and makes these 32-bit ones as it loads: speed and memory are the float model's.
 *  Constants beyond 65,504 stay as they are. */
export function float16Constants(model: OnnxModel): OnnxModel {
  const halved = new Map<string, OnnxTensor>();
  for (const constant of model.graph.initializers) {
    if (constant.type !== 'float32' || constant.data.byteLength / 4 < FEWEST) continue;
    const values = floatValues(constant);
    if (!values.every((v) => Math.abs(v) <= GREATEST)) continue;
    const bits = Uint16Array.from(values, float16Bits);
    halved.set(constant.name, {
      name: `${constant.name}.float16`,
      type: 'float16',
      dims: constant.dims,
      data: new Uint8Array(bits.buffer),
    });
  }
  // What the bodies of loops read from outside keeps its name too, for the casts have it.
  const read = new Set(model.graph.nodes.flatMap(valuesRead));
  const casts = [...halved]
    .filter(([name]) => read.has(name))
    .map(([name, constant]) => node(`${name}/Cast`, 'Cast', [constant.name], name, { to: { int: FLOAT32 } }));
  const initializers = model.graph.initializers.map((constant) => halved.get(constant.name) ?? constant);
  return { ...model, graph: { ...model.graph, nodes: [...casts, ...model.graph.nodes], initializers } };
}
