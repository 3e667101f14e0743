/** Numbers go in, few values that stand for them come out: no number is further from its value than need be. */

/** @returns at most `size` values, sorted, such that the greatest distance of a number from its nearest value is the least possible */
export function codeBook(numbers: Float32Array, size: number): Float32Array {
  const sorted = Float32Array.from(numbers).sort();
  const distinct = sorted.filter((number, i) => i === 0 || number !== sorted[i - 1]);
  if (distinct.length <= size) return distinct;
  // Intervals of one width, each from the first number not yet covered: the narrowest width that needs no more than `size`.
  // Twice the range, so that no rounding leaves a number uncovered.
  let [low, high] = [0, 2 * (distinct[distinct.length - 1] - distinct[0])];
  for (let i = 0; i < 40; i++) {
    const width = (low + high) / 2;
    if (intervals(distinct, width).length <= size) high = width;
    else low = width;
  }
  return Float32Array.from(intervals(distinct, high));
}

/** Middles of the intervals. */
function intervals(sorted: Float32Array, width: number): number[] {
  const middles: number[] = [];
  for (let i = 0; i < sorted.length; ) {
    const from = sorted[i];
    const end = firstAbove(sorted, from + width, i + 1);
    middles.push((from + sorted[end - 1]) / 2);
    i = end;
  }
  return middles;
}

function firstAbove(sorted: Float32Array, limit: number, from: number): number {
  // Intervals hold few numbers, so the end is near.
  let step = 1;
  while (from + step < sorted.length && sorted[from + step] <= limit) step *= 2;
  let [low, high] = [from, Math.min(sorted.length, from + step + 1)];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The place of the value nearest to a number. */
export function nearestCode(book: Float32Array, number: number): number {
  let [low, high] = [0, book.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (book[middle] < number) low = middle + 1;
    else high = middle;
  }
  return low > 0 && number - book[low - 1] <= book[low] - number ? low - 1 : low;
}
