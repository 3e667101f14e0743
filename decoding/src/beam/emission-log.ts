/** Emissions of tokens go in, numbered links of chains come out: when each token of a beam's best alignment was heard, in typed arrays. */
import { NONE } from './prefix-tree.js';

const FIRST_CAPACITY = 1024;

export class EmissionLog {
  size = 0;
  /** emission before this one, or NONE; always the lower number */
  previous = new Int32Array(FIRST_CAPACITY);
  /** first frame */
  start = new Int32Array(FIRST_CAPACITY);
  /** frame after the last */
  end = new Int32Array(FIRST_CAPACITY);
  /** sum of the token's log-probs over its frames */
  logProb = new Float64Array(FIRST_CAPACITY);
  private remap = new Int32Array(FIRST_CAPACITY);

  clear(): void {
    this.size = 0;
  }

  /** Adds a link; there must be room. */
  add(previous: number, start: number, end: number, logProb: number): number {
    const link = this.size++;
    this.previous[link] = previous;
    this.start[link] = start;
    this.end[link] = end;
    this.logProb[link] = logProb;
    return link;
  }

  hasRoomFor(links: number): boolean {
    return this.size + links <= this.previous.length;
  }

  /** Drops every link that no chain leads to, and makes room.
   *  @param chains last links, each array rewritten to the new numbers */
  collect(chains: readonly Int32Array[], count: number, links: number): void {
    const { remap, previous } = this;
    remap.fill(NONE, 0, this.size);
    for (const ends of chains)
      for (let b = 0; b < count; b++)
        for (let link = ends[b]; link !== NONE && remap[link] === NONE; link = previous[link]) remap[link] = 0;
    let kept = 0;
    for (let link = 0; link < this.size; link++) {
      if (remap[link] === NONE) continue;
      remap[link] = kept;
      previous[kept] = previous[link] === NONE ? NONE : remap[previous[link]];
      this.start[kept] = this.start[link];
      this.end[kept] = this.end[link];
      this.logProb[kept] = this.logProb[link];
      kept++;
    }
    this.size = kept;
    for (const ends of chains) for (let b = 0; b < count; b++) if (ends[b] !== NONE) ends[b] = remap[ends[b]];
    if (2 * kept + links > previous.length) this.grow(2 * (kept + links));
  }

  private grow(capacity: number): void {
    const { previous, start, end, logProb } = this;
    this.previous = new Int32Array(capacity);
    this.start = new Int32Array(capacity);
    this.end = new Int32Array(capacity);
    this.logProb = new Float64Array(capacity);
    this.remap = new Int32Array(capacity);
    this.previous.set(previous);
    this.start.set(start);
    this.end.set(end);
    this.logProb.set(logProb);
  }
}
