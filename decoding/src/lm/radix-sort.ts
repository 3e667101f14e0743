/** Records of whole numbers go in, the order that sorts them by some of their columns comes out. */

const DIGIT = 65_536;

/** @param records row-major [count, stride]
 *  @param keys columns, the most significant first
 *  @returns row numbers in sorted order; equal rows keep their order */
export function sortedOrder(records: Uint32Array, stride: number, count: number, keys: readonly number[]): Uint32Array {
  let order = new Uint32Array(count);
  for (let i = 0; i < count; i++) order[i] = i;
  let sorted = new Uint32Array(count);
  const starts = new Uint32Array(DIGIT);
  for (const column of [...keys].reverse()) {
    let greatest = 0;
    for (let i = 0; i < count; i++) greatest = Math.max(greatest, records[i * stride + column]);
    // Few ids have a second digit.
    for (const shift of greatest < DIGIT ? [0] : [0, 16]) {
      starts.fill(0);
      for (let i = 0; i < count; i++) starts[(records[i * stride + column] >>> shift) & 0xffff]++;
      for (let digit = 0, sum = 0; digit < DIGIT; digit++) {
        const here = starts[digit];
        starts[digit] = sum;
        sum += here;
      }
      for (let i = 0; i < count; i++) {
        const row = order[i];
        sorted[starts[(records[row * stride + column] >>> shift) & 0xffff]++] = row;
      }
      [order, sorted] = [sorted, order];
    }
  }
  return order;
}
