/** What stands in the field goes in, hotwords come out: a phrase a line, its boost after a colon if it has its own. */

const BOOST = 4;

/** @returns {{ phrase: string, boost: number }[]} */
export const parseHotwords = (text) =>
  text.split('\n').flatMap((line) => {
    const [, phrase, boost] = /^\s*(.*?)\s*(?::\s*(-?\d+(?:\.\d+)?))?\s*$/.exec(line);
    return phrase ? [{ phrase, boost: boost === undefined ? BOOST : Number(boost) }] : [];
  });
