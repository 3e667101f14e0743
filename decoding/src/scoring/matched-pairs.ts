/** Two systems' alignments with the same references go in, whether their errors differ by more than chance comes out. */
import { DecodingError } from '../errors.js';
import type { Alignment } from './align.js';
import { bothTails } from './normal-tail.js';

/** An utterance and how what was heard of it matches its reference. */
export interface AlignedUtterance {
  id: string;
  words: Alignment;
}

export interface MatchedPairs {
  /** stretches of words in which a system errs */
  segments: number;
  /** errors a segment of the first system less those of the second */
  mean: number;
  standardDeviation: number;
  /** mean / its standard error; 0 where all segments have the same difference */
  z: number;
  /** that systems of equal quality differ at least so much, either way: P(|Z| >= |z|); by the sign test where all segments have the same difference */
  p: number;
}

/** Words that both systems have right, one after the other with nothing inserted between, end a segment. */
const GOOD_WORDS = 2;

/** The matched-pairs sentence-segment word error test (MAPSSWE): utterances are cut where both systems are right, so that the errors of one segment
 *  depend little on those of another, and the differences of the segments' error counts are tested against a mean of zero.
 *
 *  Gillick and Cox, "Some statistical issues in the comparison of speech recognition algorithms", ICASSP 1989; Pallett et al., "Tools for the analysis of
 *  benchmark speech recognition tests", ICASSP 1990. Cuts and figures as NIST's sc_stats (`-t mapsswe`, SCTK's mtchprs.c and statdist.c) has them on
 *  sclite's alignments. The normal distribution asks for some 50 segments.
 *  Where all segments have the same difference there is no variance to go by, and sc_stats finds no difference however many they are; p is the sign test's then.
 *  @param first,second of the same utterances in the same order
 *  @throws AUR_DECODING_REFERENCES where two alignments have other reference words */
export function matchedPairs(first: readonly AlignedUtterance[], second: readonly AlignedUtterance[]): MatchedPairs {
  const differences: number[] = [];
  first.forEach(({ id, words }, utterance) => {
    const [a, b] = [errorsByWord(words), errorsByWord(second[utterance].words)];
    if (a.words.join(' ') !== b.words.join(' '))
      throw new DecodingError('AUR_DECODING_REFERENCES', { id, first: a.words.join(' '), second: b.words.join(' ') });
    differences.push(...segmentDifferences(a, b));
  });
  const segments = differences.length;
  const mean = segments > 0 ? differences.reduce((sum, d) => sum + d, 0) / segments : 0;
  const squares = differences.reduce((sum, d) => sum + (d - mean) ** 2, 0);
  const standardDeviation = squares > 0 ? Math.sqrt(squares / (segments - 1)) : 0;
  const z = squares > 0 ? (mean / standardDeviation) * Math.sqrt(segments) : 0;
  // All n of one sign by chance, either way.
  const p = squares === 0 && mean !== 0 ? 2 ** (1 - segments) : bothTails(z);
  return { segments, mean, standardDeviation, z, p };
}

interface ErrorsByWord {
  /** of the reference */
  words: string[];
  isWrong: boolean[];
  /** before each word, and after the last */
  inserted: number[];
}

function errorsByWord({ pairs }: Alignment): ErrorsByWord {
  const errors: ErrorsByWord = { words: [], isWrong: [], inserted: [0] };
  for (const [word, heard] of pairs) {
    if (word === undefined) errors.inserted[errors.inserted.length - 1]++;
    else {
      errors.words.push(word);
      errors.isWrong.push(word !== heard);
      errors.inserted.push(0);
    }
  }
  return errors;
}

/** Of each segment, the first's errors less the second's. */
function segmentDifferences(first: ErrorsByWord, second: ErrorsByWord): number[] {
  const differences: number[] = [];
  let open: number | undefined;
  let good = 0;
  for (let word = 0; word <= first.words.length; word++) {
    if (first.inserted[word] > 0 || second.inserted[word] > 0) {
      open = (open ?? 0) + first.inserted[word] - second.inserted[word];
      good = 0;
    }
    if (word === first.words.length) break;
    if (first.isWrong[word] || second.isWrong[word]) {
      open = (open ?? 0) + Number(first.isWrong[word]) - Number(second.isWrong[word]);
      good = 0;
    } else if (open !== undefined && ++good === GOOD_WORDS) {
      differences.push(open);
      open = undefined;
      good = 0;
    }
  }
  if (open !== undefined) differences.push(open);
  return differences;
}
