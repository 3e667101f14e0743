/** Log-probs of a stream go in chunk by chunk, the likeliest texts come out, with language model and hotwords. */
import { DecodingError } from '../errors.js';
import { type Hypothesis, hypothesisOf, type Timing, type TokenEmission } from '../hypothesis.js';
import type { SegmentBorder, StreamDecoder } from '../stream-decoder.js';
import { type TokenTable, textOfTokens } from '../tokens.js';
import type { BeamOptions } from './beam-options.js';
import { BeamSearch } from './beam-search.js';
import type { PrefixScorer } from './prefix-scorer.js';
import { NONE } from './prefix-tree.js';
import { PriorCorrection, type TokenPriors } from './token-priors.js';

export interface RankedHypothesis extends Hypothesis {
  /** log-prob of all its alignments in the beam, and what language model and hotwords add (nats) */
  score: number;
}

/** Decodes one stream. Its state is carried over chunks, so that it makes no difference how the frames are cut; no frame allocates. */
export class BeamDecoder implements StreamDecoder {
  private readonly search: BeamSearch;
  private readonly correction: PriorCorrection | undefined;
  private segmentFrame = 0;
  /** end of the word before the segment, seconds */
  private earliest = 0;

  /** @param scorer what prefixes are worth beside what was heard; one a stream
   *  @throws DecodingError AUR_DECODING_OPTION */
  constructor(
    private readonly tokens: TokenTable,
    private readonly timing: Timing,
    private readonly scorer: PrefixScorer,
    options: BeamOptions = {},
    priors?: TokenPriors,
  ) {
    this.correction = priors && priors.scale > 0 ? new PriorCorrection(priors) : undefined;
    this.search = new BeamSearch(tokens, scorer, options, timing.frameSeconds);
  }

  push(logProbs: Float32Array, frames: number): void {
    const vocabulary = this.tokens.symbols.length;
    if (logProbs.length !== frames * vocabulary)
      throw new DecodingError('AUR_DECODING_SHAPE', { seen: logProbs.length, frames, vocabulary });
    for (let f = 0; f < frames; f++) {
      const at = f * vocabulary;
      if (this.correction) this.search.push(this.correction.apply(logProbs, at), 0);
      else this.search.push(logProbs, at);
    }
  }

  reset(): void {
    if (this.hasTokens) this.earliest = this.result(true).end;
    this.search.restart();
    this.segmentFrame = this.search.frame;
  }

  get border(): SegmentBorder {
    return { frame: this.search.frame, earliest: this.earliest, ...this.search.root };
  }

  resume({ frame, earliest, token = NONE, scores }: SegmentBorder): void {
    this.search.resume(frame, token, scores);
    this.segmentFrame = frame;
    this.earliest = earliest;
  }

  /** Tells the decoder that its scorer's hotwords are others now: they hold for the whole segment under way. */
  rescoreHotwords(): void {
    this.search.rescoreHotwords();
  }

  get hasTokens(): boolean {
    const { tree, now, leader } = this.search;
    return tree.depth[now.node[leader]] > 0;
  }

  get trailingBlankFrames(): number {
    const { now, leader, log, frame } = this.search;
    if (!now.endsInBlank(leader)) return 0;
    const last = now.closed[leader];
    return frame - (last === NONE ? this.segmentFrame : log.end[last]);
  }

  get trailingBlankSeconds(): number {
    return this.trailingBlankFrames * this.timing.frameSeconds;
  }

  get segmentSeconds(): number {
    return (this.search.frame - this.segmentFrame) * this.timing.frameSeconds;
  }

  get relativeCost(): number {
    if (!this.scorer.hasLanguageModel) return Number.POSITIVE_INFINITY;
    const { now, tree, combine } = this.search;
    let [open, ended] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let b = 0; b < now.count; b++) {
      const heard = combine(now.blank[b], now.token[b]);
      open = Math.max(open, heard + this.scorer.worth(tree, now.node[b]));
      ended = Math.max(ended, heard + this.scorer.finalWorth(tree, now.node[b]));
    }
    return Math.max(0, open - ended);
  }

  result(isFinal = false): Hypothesis {
    const { score: _, ...best } = this.nBest(1, isFinal)[0];
    return best;
  }

  /** The likeliest texts: at least one, at most `most`, all different. The first is the best that begins with what is settled, the others follow by
   *  their scores and may begin in other ways.
   *  @param isFinal as of `result` */
  nBest(most: number, isFinal = false): RankedHypothesis[] {
    const { now, tree, combine } = this.search;
    // Token sequences of one text are one hypothesis: the likeliest's times, the score of all.
    const byText = new Map<string, { beam: number; highest: number; score: number; isSettled: boolean }>();
    for (let b = 0; b < now.count; b++) {
      const node = now.node[b];
      const worth = isFinal ? this.scorer.finalWorth(tree, node) : this.scorer.worth(tree, node);
      const score = combine(now.blank[b], now.token[b]) + worth;
      const text = this.textOf(node);
      const found = byText.get(text);
      const isSettled = this.search.isSettled(b);
      if (!found) byText.set(text, { beam: b, highest: score, score, isSettled });
      else {
        found.isSettled ||= isSettled;
        found.score = combine(found.score, score);
        if (score > found.highest) {
          found.highest = score;
          found.beam = b;
        }
      }
    }
    const ranked = [...byText.values()].sort((a, b) => b.score - a.score);
    const first = ranked.findIndex(({ isSettled }) => isSettled);
    ranked.unshift(...ranked.splice(first, 1));
    const stable = isFinal ? undefined : this.stableText();
    return ranked.slice(0, most).map(({ beam, score }) => ({ ...this.hypothesis(beam, stable), score }));
  }

  /** Text that results keep to: what is settled, and what all prefixes of the beam begin with, and so all that can come of them.
   *  It is read off those tokens, as the best text may be told by other tokens than the settled ones. */
  private stableText(): string {
    const { now, tree, settled } = this.search;
    let shared = now.node[0];
    for (let b = 1; b < now.count; b++) shared = tree.common(shared, now.node[b]);
    const node = tree.depth[shared] > tree.depth[settled] ? shared : settled;
    // A word that has not ended may become another.
    return this.scorer.wordsOf(tree, node, false)?.join(' ') ?? this.textOf(node);
  }

  private textOf(node: number): string {
    const words = this.scorer.wordsOf(this.search.tree, node, true);
    return words ? words.join(' ') : textOfTokens(this.tokens, this.idsOf(node));
  }

  private idsOf(node: number): number[] {
    const { tree } = this.search;
    const ids = new Array<number>(tree.depth[node]);
    for (let at = node, i = ids.length - 1; i >= 0; i--, at = tree.parent[at]) ids[i] = tree.token[at];
    return ids;
  }

  /** @param stable as of `hypothesisOf` */
  private hypothesis(b: number, stable: string | undefined): Hypothesis {
    const { now, log, frame } = this.search;
    const { segmentFrame, earliest } = this;
    const ids = this.idsOf(now.node[b]);
    const tokens = new Array<TokenEmission>(ids.length);
    let i = ids.length - 1;
    const put = (start: number, endFrame: number, logProb: number) => {
      tokens[i] = { id: ids[i], frame: start, endFrame, confidence: Math.exp(logProb / (endFrame - start)) };
      i--;
    };
    if (!now.endsInBlank(b) && i >= 0) put(now.openStart[b], frame, now.openLogProb[b]);
    // A chain may have one link more: a token that goes on over the segment's border.
    for (let link = now.endsInBlank(b) ? now.closed[b] : now.open[b]; i >= 0; link = log.previous[link])
      put(log.start[link], log.end[link], log.logProb[link]);
    const said = this.scorer.wordsOf(this.search.tree, now.node[b], true);
    return hypothesisOf(this.tokens, tokens, this.timing, { segmentFrame, frame, earliest }, stable, said);
  }
}
