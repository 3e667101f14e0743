/** A float model goes in, the same with its weights as 8- or 4-bit integers in blocks comes out; activations stay in float. */
import { floatTensor, floatValues, type OnnxModel, type OnnxTensor } from '../onnx.js';
import { node, type Product, replaceProducts } from './products.js';

export type WeightBits = 4 | 8;

/** Inputs of an output that share a scale: a power of two. */
const BLOCKS = [128, 64, 32, 16];

/** The largest block that wastes nothing; 16 where none fits. */
const blockOf = (rows: number) => BLOCKS.find((block) => rows % block === 0) ?? 16;

/** ONNX Runtime's `MatMulNBits`. Each row of activations is worked on by itself, so streams stay independent.
 *  @param accuracy 1: products in float; 4: each block of a row of activations becomes int8 by its own greatest value */
export function weightBlocks(
  model: OnnxModel,
  products: readonly Product[],
  bits: WeightBits,
  accuracy: 1 | 4,
): OnnxModel {
  return replaceProducts(model, products, ({ node: { name, outputs }, input, weight, bias }) => {
    const [rows, columns] = weight.dims;
    const block = blockOf(rows);
    const [integers, scales] = integerBlocks(weight, bits, block);
    const product = bias ? `${name}/product` : outputs[0];
    const attributes = {
      K: { int: rows },
      N: { int: columns },
      bits: { int: bits },
      block_size: { int: block },
      accuracy_level: { int: accuracy },
    };
    return {
      nodes: [
        node(
          bias ? product : name,
          'MatMulNBits',
          [input, integers.name, scales.name],
          product,
          attributes,
          'com.microsoft',
        ),
        ...(bias ? [node(name, 'Add', [product, bias.name], outputs[0])] : []),
      ],
      constants: [integers, scales, ...(bias ? [bias] : [])],
    };
  });
}

/** Blocks of a column's consecutive rows: the value of greatest magnitude becomes the least integer, -2^(bits - 1), by which all integers are used.
 *  @returns integers, from 0 on, [columns, blocks, bytes a block] (4 bits: the first of two in the low half), and scales [columns · blocks] */
export function integerBlocks(
  weight: OnnxTensor,
  bits: WeightBits,
  block: number,
): [integers: OnnxTensor, scales: OnnxTensor] {
  const [rows, columns] = weight.dims;
  const values = floatValues(weight);
  const blocks = Math.ceil(rows / block);
  const half = 2 ** (bits - 1);
  const bytes = (block * bits) / 8;
  const data = new Uint8Array(columns * blocks * bytes);
  const scales = new Float32Array(columns * blocks);
  for (let column = 0; column < columns; column++)
    for (let b = 0; b < blocks; b++) {
      const valueAt = (i: number) => (b * block + i < rows ? values[(b * block + i) * columns + column] : 0);
      let extreme = 0;
      for (let i = 0; i < block; i++) if (Math.abs(valueAt(i)) > Math.abs(extreme)) extreme = valueAt(i);
      const scale = Math.fround(extreme / -half);
      scales[column * blocks + b] = scale;
      const start = (column * blocks + b) * bytes;
      for (let i = 0; i < block; i++) {
        const integer = scale === 0 ? half : Math.min(2 * half - 1, Math.max(0, Math.round(valueAt(i) / scale) + half));
        if (bits === 8) data[start + i] = integer;
        else data[start + (i >> 1)] |= integer << (i % 2 === 0 ? 0 : 4);
      }
    }
  return [
    { name: `${weight.name}.uint${bits}`, type: 'uint8', dims: [columns, blocks, bytes], data },
    floatTensor(`${weight.name}.scale`, [columns * blocks], scales),
  ];
}
