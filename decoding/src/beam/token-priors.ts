/** A frame's log-probs go in, what the audio alone says of each token comes out: without what it owes to being frequent.
 *
 *  A network learns p(token | audio), in which a token is probable for being frequent where it was trained; a language model says that better. Their
 *  quotient is, but for a factor that all tokens share, p(audio | token) (Bourlard and Morgan 1994; of CTC, Miao et al. 2015, "EESEN"). */
import { DecodingError } from '../errors.js';

/** Plain data, so that it goes to other threads. */
export interface TokenPriors {
  /** of each token with the blank, natural logarithms of its mean probability in a frame */
  logProbs: Float32Array;
  /** share of them that is taken off */
  scale: number;
}

/** @param logProbs one of each of `vocabulary` tokens, at most 0
 *  @throws DecodingError AUR_DECODING_PRIORS */
export function checkTokenPriors(
  logProbs: readonly number[] | undefined,
  scale: number,
  vocabulary: number,
): TokenPriors | undefined {
  if (!logProbs) {
    if (scale > 0) throw new DecodingError('AUR_DECODING_PRIORS', { seen: 'none', vocabulary });
    return undefined;
  }
  if (logProbs.length !== vocabulary || !logProbs.every((value) => value <= 0 && value > Number.NEGATIVE_INFINITY))
    throw new DecodingError('AUR_DECODING_PRIORS', { seen: `${logProbs.length} numbers`, vocabulary });
  return { logProbs: Float32Array.from(logProbs), scale };
}

/** One a stream; no frame allocates. */
export class PriorCorrection {
  private readonly corrected: Float32Array;

  constructor(private readonly priors: TokenPriors) {
    this.corrected = new Float32Array(priors.logProbs.length);
  }

  /** @param at where the frame starts in `logProbs`
   *  @returns the frame, its probabilities again of sum 1; good until the next call */
  apply(logProbs: Float32Array, at: number): Float32Array {
    const { corrected } = this;
    const { logProbs: priors, scale } = this.priors;
    let most = Number.NEGATIVE_INFINITY;
    for (let v = 0; v < corrected.length; v++) {
      corrected[v] = logProbs[at + v] - scale * priors[v];
      most = Math.max(most, corrected[v]);
    }
    // Nothing is probable, or a NaN: left to the search.
    if (!Number.isFinite(most)) return corrected;
    let sum = 0;
    for (let v = 0; v < corrected.length; v++) sum += Math.exp(corrected[v] - most);
    const total = most + Math.log(sum);
    for (let v = 0; v < corrected.length; v++) corrected[v] -= total;
    return corrected;
  }
}
