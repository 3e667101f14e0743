/** A way to try a number of streams goes in, the most that are held comes out: doubled until too many, then halved in between. */

export interface Search<Figures> {
  /** the most that was held; 0 where not even the first was */
  most: number;
  /** of that trial */
  figures: Figures | undefined;
}

/** How near the answer lies below the least number that was not held. */
const EXACTNESS = 0.04;

/** @param isHeld by the figures of a trial */
export async function findMost<Figures>(
  first: number,
  limit: number,
  trial: (streams: number) => Promise<Figures>,
  isHeld: (figures: Figures) => boolean,
): Promise<Search<Figures>> {
  let found: Search<Figures> = { most: 0, figures: undefined };
  let tooMany = Number.POSITIVE_INFINITY;
  const next = () => {
    if (found.most === 0 && tooMany === Number.POSITIVE_INFINITY) return Math.min(first, limit);
    if (tooMany === Number.POSITIVE_INFINITY) return Math.min(2 * found.most, limit);
    return Math.floor((found.most + tooMany) / 2);
  };
  for (let streams = next(); streams > found.most && streams < tooMany; streams = next()) {
    const figures = await trial(streams);
    if (isHeld(figures)) found = { most: streams, figures };
    else tooMany = streams;
    if (tooMany - found.most <= EXACTNESS * found.most) break;
  }
  return found;
}
