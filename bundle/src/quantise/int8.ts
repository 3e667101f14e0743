/** A float model goes in, the same with 8-bit integer products comes out: activations by calibrated ranges, or by those of each batch. */
import { floatTensor, type OnnxModel, type OnnxTensor } from '../onnx.js';
import { FULL_RANGE, integerColumns } from './integer-columns.js';
import { node, type Product, replaceProducts } from './products.js';

/** ONNX's code of the element type. */
const FLOAT32 = 1;

/** Smallest and largest value of an activation. */
export type Range = [low: number, high: number];

/** Ranges seen in calibration are widened by this factor: louder speech will come. */
const HEADROOM = 1.05;

/** What a range's values become: integer = value / step + zero, rounded and kept from 0 to 255. */
export function activationIntegers(range: Range): { step: number; zero: number } {
  const [low, high] = range.map((v) => v * HEADROOM);
  const step = Math.fround(Math.max((high - low) / 255, 1e-12));
  return { step, zero: Math.round(-low / step) };
}

/** Weights as int8 with a scale for each output channel, activations as uint8 by their calibrated range, sums in int32. Fixed ranges keep a
 *  stream's result independent of the streams that share its batch.
 *  @param ranges activation name -> range, with 0 in it
 *  @param greatest magnitude of an integer weight */
export function staticInt8(
  model: OnnxModel,
  products: readonly Product[],
  ranges: ReadonlyMap<string, Range>,
  greatest = FULL_RANGE,
): OnnxModel {
  return replaceProducts(model, products, ({ node: { name, outputs }, input, weight, bias }) => {
    const { step, zero: nothing } = activationIntegers(ranges.get(input)!);
    const scale = floatTensor(`${input}.scale`, [], [step]);
    const zero: OnnxTensor = {
      name: `${input}.zero`,
      type: 'uint8',
      dims: [],
      data: Uint8Array.of(nothing),
    };
    const [integers, scales] = integerColumns(weight, greatest);
    const inputs = [`${input}.uint8`, integers.name, scale.name, scales.name, zero.name];
    return {
      nodes: [
        // Products of the same activation share its integers: nodes of one name are taken once.
        node(`${input}.uint8`, 'QuantizeLinear', [input, scale.name, zero.name], `${input}.uint8`),
        node(name, 'MatMulIntegerToFloat', bias ? [...inputs, '', bias.name] : inputs, outputs[0], {}, 'com.microsoft'),
      ],
      constants: [scale, zero, integers, scales, ...(bias ? [bias] : [])],
    };
  });
}

/** Weights as int8 with a scale for each output channel; activations as uint8 by the least and greatest value of the whole batch. A stream's
 *  result then depends on the streams that share its batch. */
export function dynamicInt8(model: OnnxModel, products: readonly Product[], greatest = FULL_RANGE): OnnxModel {
  return replaceProducts(model, products, ({ node: { name, outputs }, input, weight, bias }) => {
    const [integers, scales] = integerColumns(weight, greatest);
    const inputs = [input, integers.name, scales.name];
    return {
      nodes: [
        node(
          name,
          'DynamicQuantizeMatMul',
          bias ? [...inputs, '', bias.name] : inputs,
          outputs[0],
          {},
          'com.microsoft',
        ),
      ],
      constants: [integers, scales, ...(bias ? [bias] : [])],
    };
  });
}

/** Weights as int8 with a scale for each output channel, made float again as the model is loaded: a quarter of the file at the float model's
 *  arithmetic, for products whose input has no bounds that calibration could see. By `Cast` and `Mul`, for ONNX Runtime takes `DequantizeLinear`
 *  before a product as leave to round the activations too. */
export function dequantisedWeights(model: OnnxModel, products: readonly Product[]): OnnxModel {
  return replaceProducts(model, products, ({ node: product, weight, bias }) => {
    const [integers, scales] = integerColumns(weight, FULL_RANGE);
    const [cast, made] = [`${weight.name}/Cast`, `${weight.name}/Mul`];
    return {
      nodes: [
        node(cast, 'Cast', [integers.name], cast, { to: { int: FLOAT32 } }),
        node(made, 'Mul', [cast, scales.name], made),
        // The factors of a Gemm stand in its weight and bias already.
        { ...product, inputs: [product.inputs[0], made, ...(bias ? [bias.name] : [])], attributes: {} },
      ],
      constants: [integers, scales, ...(bias ? [bias] : [])],
    };
  });
}
