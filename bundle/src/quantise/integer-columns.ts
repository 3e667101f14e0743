/** A float matrix goes in, 8-bit integers with a scale for each column come out. */
import { floatTensor, floatValues, type OnnxTensor } from '../onnx.js';

/** Greatest magnitude of an integer weight. On x86 without VNNI, pairs of products of unsigned and signed bytes are summed in 16 bits: with
 *  weights up to 64 no pair can overflow (2 · 255 · 64 < 32,768). */
export const FULL_RANGE = 127;
export const REDUCED_RANGE = 64;

/** Symmetric: the greatest magnitude of a column becomes `greatest`.
 *  @returns int8 [rows, columns] and float32 scales [columns] */
export function integerColumns(weight: OnnxTensor, greatest: number): [integers: OnnxTensor, scales: OnnxTensor] {
  const [rows, columns] = weight.dims;
  const values = floatValues(weight);
  const scales = new Float32Array(columns);
  for (let i = 0; i < values.length; i++)
    scales[i % columns] = Math.max(scales[i % columns], Math.abs(values[i]) / greatest);
  const integers = new Int8Array(rows * columns);
  for (let i = 0; i < values.length; i++) {
    const scale = scales[i % columns];
    integers[i] = scale === 0 ? 0 : Math.round(values[i] / scale);
  }
  return [
    { name: `${weight.name}.int8`, type: 'int8', dims: weight.dims, data: new Uint8Array(integers.buffer) },
    floatTensor(`${weight.name}.scale`, [columns], scales),
  ];
}
