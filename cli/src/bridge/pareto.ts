/** Points go in, those that no other beats in everything come out. */

/** Cost and error: less is better in both. */
export interface Point {
  cost: number;
  error: number;
}

/** By rising cost. A point is beaten by one that is no worse in both and better in one; of equal ones all stay. */
export function paretoFront<Of extends Point>(points: readonly Of[]): Of[] {
  const beats = (a: Point, b: Point) =>
    a.cost <= b.cost && a.error <= b.error && (a.cost < b.cost || a.error < b.error);
  return points
    .filter((point) => !points.some((other) => beats(other, point)))
    .sort((a, b) => a.cost - b.cost || a.error - b.error);
}
