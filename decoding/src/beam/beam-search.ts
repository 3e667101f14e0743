/** Frames of log-probs go in one by one, the likeliest prefixes and when their tokens were heard stay: CTC prefix beam search
 *  (Hannun et al. 2014). No frame allocates. */
import type { TokenTable } from '../tokens.js';
import { type BeamOptions, checkBeamOptions } from './beam-options.js';
import { BeamStates } from './beam-states.js';
import { BestCandidates } from './best-candidates.js';
import { EmissionLog } from './emission-log.js';
import { FrameTokens } from './frame-tokens.js';
import { logAdd } from './log-add.js';
import type { PrefixScorer } from './prefix-scorer.js';
import { NONE, PrefixTree } from './prefix-tree.js';

/** Frames from one settling to the next: it need not be at once. */
const SETTLE_EVERY = 4;

/** A log-prob of minus infinity must not end every prefix at once: a stream goes on whatever its model says. */
const LEAST_LOG_PROB = -1000;

/** Scores of a stream's start: an empty alignment, in all and as the best. */
const NOTHING_HEARD: [number, number, number, number] = [0, Number.NEGATIVE_INFINITY, 0, Number.NEGATIVE_INFINITY];

export class BeamSearch {
  private readonly options: Required<BeamOptions>;
  /** of scores of alignments */
  readonly combine: (a: number, b: number) => number;
  private readonly skipLogProb: number;
  readonly tree = new PrefixTree();
  readonly log = new EmissionLog();
  private readonly frameTokens: FrameTokens;
  private readonly candidates: BestCandidates;
  now: BeamStates;
  private next: BeamStates;
  /** of the beams now: all alignments, and the best one */
  private readonly total: Float64Array;
  private readonly best: Float64Array;
  /** of the beams now, if they stay: alignments that end in the token, the best of them, and the beam that this one comes from */
  private readonly stayToken: Float64Array;
  private readonly stayBest: Float64Array;
  private readonly stayFrom: Int32Array;
  /** link of the emission that goes on, once it is closed at this frame */
  private readonly justClosed: Int32Array;
  /** frame's mark of the tokens that lead to a prefix in the beam */
  private readonly taken: Int32Array;
  private mark = 0;
  /** beam of the highest score, of those that begin with what is settled */
  leader = 0;
  /** node whose tokens results keep to */
  settled = 0;
  /** frames taken */
  frame = 0;

  private readonly settleFrames: number;

  /** @param scorer what prefixes are worth beside what was heard; one a stream
   *  @param frameSeconds from one frame to the next
   *  @throws DecodingError AUR_DECODING_OPTION */
  constructor(
    private readonly tokens: TokenTable,
    private readonly scorer: PrefixScorer,
    options: BeamOptions,
    frameSeconds: number,
  ) {
    this.options = checkBeamOptions(options);
    const { beam, tokens: most, tokenScore, blankSkip, alignments } = this.options;
    this.settleFrames = Math.ceil(this.options.settleSeconds / frameSeconds);
    this.combine = alignments === 'all' ? logAdd : Math.max;
    this.skipLogProb = blankSkip > 1 ? Number.POSITIVE_INFINITY : Math.log(blankSkip);
    this.frameTokens = new FrameTokens(Math.min(most, tokens.symbols.length), tokenScore, tokens.blankId);
    this.candidates = new BestCandidates(beam);
    this.now = new BeamStates(beam);
    this.next = new BeamStates(beam);
    this.total = new Float64Array(beam);
    this.best = new Float64Array(beam);
    this.stayToken = new Float64Array(beam);
    this.stayBest = new Float64Array(beam);
    this.stayFrom = new Int32Array(beam);
    this.justClosed = new Int32Array(beam);
    this.taken = new Int32Array(tokens.symbols.length);
    this.start(NONE, ...NOTHING_HEARD);
  }

  /** Takes a frame.
   *  @param row where it starts in `logProbs`
   *  @throws DecodingError AUR_DECODING_NAN */
  push(logProbs: Float32Array, row: number): void {
    this.step(logProbs, row);
    this.frame++;
    if (this.frame % SETTLE_EVERY === 0) this.settle();
  }

  /** Settles what the leader has said for long enough. At which frames this is done does not depend on how they are cut. */
  private settle(): void {
    const { now, tree, leader } = this;
    const node = now.node[leader];
    const depth = tree.depth[node] - this.tokensSince(leader, this.frame - this.settleFrames);
    if (depth > tree.depth[this.settled]) this.settled = tree.ancestor(node, depth);
  }

  /** Whether a beam begins with what is settled. */
  isSettled(b: number): boolean {
    const { tree, settled } = this;
    return settled === 0 || tree.ancestor(this.now.node[b], tree.depth[settled]) === settled;
  }

  /** Makes the best of the beams that begin with what is settled the leader.
   *  @returns false where there is none */
  private findLeader(): boolean {
    if (this.isSettled(this.leader)) return true;
    let highest = Number.NEGATIVE_INFINITY;
    for (let b = 0; b < this.now.count; b++) {
      const score = this.scoreOf(b);
      if (score <= highest || !this.isSettled(b)) continue;
      highest = score;
      this.leader = b;
    }
    return highest > Number.NEGATIVE_INFINITY;
  }

  /** Goes back to the beams before the frame, without those that begin otherwise than what is settled. */
  private goBack(): void {
    const { now, next, tree } = this;
    for (let b = 0; b < now.count; b++) tree.beam[now.node[b]] = NONE;
    this.now = next;
    this.next = now;
    let kept = 0;
    for (let b = 0; b < next.count; b++) {
      if (!this.isSettled(b)) continue;
      next.move(b, kept);
      this.justClosed[kept] = this.justClosed[b];
      tree.beam[next.node[kept]] = kept;
      kept++;
    }
    next.count = kept;
  }

  private scoreOf(b: number): number {
    const { now } = this;
    return this.combine(now.blank[b], now.token[b]) + this.scorer.worth(this.tree, now.node[b]);
  }

  /** Tokens of a beam that were first heard at a frame or after it. */
  private tokensSince(b: number, frame: number): number {
    const { now, log } = this;
    let count = 0;
    let link = now.closed[b];
    if (!now.endsInBlank(b)) {
      if (now.openStart[b] < frame) return 0;
      count++;
      link = now.open[b];
    }
    for (; link !== NONE && log.start[link] >= frame; link = log.previous[link]) count++;
    return count;
  }

  private step(logProbs: Float32Array, row: number): void {
    this.frameTokens.choose(logProbs, row, this.tokens.symbols.length, this.frame);
    this.makeRoom();
    const blank = Math.max(logProbs[row + this.tokens.blankId], LEAST_LOG_PROB);
    if (blank >= this.skipLogProb) {
      this.passOver(blank);
      return;
    }
    this.search(logProbs, row, blank);
    if (this.findLeader()) return;
    // All that begin as what is settled have fallen out: then the others do.
    this.goBack();
    this.search(logProbs, row, blank);
  }

  private search(logProbs: Float32Array, row: number, blank: number): void {
    this.candidates.clear();
    const best = this.offerExtensions(this.offerStays(logProbs, row, blank));
    this.moveOn(logProbs, row, blank, best - this.options.beamScore);
  }

  private makeRoom(): void {
    const { now, tree, log } = this;
    const { beam } = this.options;
    // A frame that is searched twice takes twice as much.
    if (!tree.hasRoomFor(2 * beam)) this.settled = tree.collect(now.node, now.count, 2 * beam, this.settled);
    if (!log.hasRoomFor(2 * now.count)) log.collect([now.closed, now.open], now.count, 2 * beam);
    this.justClosed.fill(NONE, 0, now.count);
  }

  /** A frame that is a blank for certain: every prefix stays. */
  private passOver(blank: number): void {
    const { now } = this;
    for (let b = 0; b < now.count; b++) {
      now.closed[b] = this.emissionsOf(b);
      now.open[b] = NONE;
      now.blank[b] = this.combine(now.blank[b], now.token[b]) + blank;
      now.bestBlank[b] = Math.max(now.bestBlank[b], now.bestToken[b]) + blank;
      now.token[b] = Number.NEGATIVE_INFINITY;
      now.bestToken[b] = Number.NEGATIVE_INFINITY;
    }
  }

  /** Offers every prefix as it is: a blank follows, or its last token goes on, or comes new from its parent.
   *  @returns the highest score */
  private offerStays(logProbs: Float32Array, row: number, blank: number): number {
    const { now, tree, total, best, combine } = this;
    let highest = Number.NEGATIVE_INFINITY;
    for (let b = 0; b < now.count; b++) {
      total[b] = combine(now.blank[b], now.token[b]);
      best[b] = Math.max(now.bestBlank[b], now.bestToken[b]);
    }
    for (let b = 0; b < now.count; b++) {
      const node = now.node[b];
      const token = tree.token[node];
      const logProb = token === NONE ? Number.NEGATIVE_INFINITY : Math.max(logProbs[row + token], LEAST_LOG_PROB);
      let ending = now.token[b] + logProb;
      let bestEnding = now.bestToken[b] + logProb;
      let from = NONE;
      const parent = tree.parent[node];
      const above = parent === NONE ? NONE : tree.beam[parent];
      if (above !== NONE) {
        // A token comes a second time only after a blank.
        const repeats = tree.token[parent] === token;
        ending = combine(ending, (repeats ? now.blank[above] : total[above]) + logProb);
        const bestNew = (repeats ? now.bestBlank[above] : best[above]) + logProb;
        if (bestNew > bestEnding) {
          bestEnding = bestNew;
          from = above;
        }
      }
      this.stayToken[b] = ending;
      this.stayBest[b] = bestEnding;
      this.stayFrom[b] = from;
      const score = combine(total[b] + blank, ending) + this.scorer.worth(tree, node);
      if (score > highest) highest = score;
      this.candidates.offer(score, b, NONE);
    }
    return highest;
  }

  /** Offers every prefix with one more token where that is not in the beam yet.
   *  @returns the highest score of all */
  private offerExtensions(highest: number): number {
    const { now, tree, total, candidates, scorer } = this;
    const { size, ids, logProbs } = this.frameTokens;
    const { beamScore } = this.options;
    for (let b = 0; b < now.count; b++) {
      const node = now.node[b];
      this.markChildren(node);
      const last = tree.token[node];
      const most = total[b] + scorer.worth(tree, node) + scorer.mostGain(tree, node);
      for (let k = 0; k < size; k++) {
        const limit = Math.max(candidates.threshold, highest - beamScore);
        // The tokens after this one are less likely still.
        if (most + logProbs[k] <= limit) break;
        const token = ids[k];
        if (this.taken[token] === this.mark) continue;
        const heard = (token === last ? now.blank[b] : total[b]) + logProbs[k];
        if (heard === Number.NEGATIVE_INFINITY) continue;
        const score = heard + scorer.extend(tree, node, token);
        if (score <= limit) continue;
        if (score > highest) highest = score;
        candidates.offer(score, b, token);
      }
    }
    return highest;
  }

  private markChildren(node: number): void {
    const { tree } = this;
    // A stream may go on for so long that the marks come round.
    this.mark = (this.mark + 1) | 0;
    for (let child = tree.firstChild[node]; child !== NONE; child = tree.nextSibling[child])
      if (tree.beam[child] !== NONE) this.taken[tree.token[child]] = this.mark;
  }

  /** Makes the chosen candidates the beams. */
  private moveOn(logProbs: Float32Array, row: number, blank: number, least: number): void {
    const { now, next, tree, candidates } = this;
    for (let b = 0; b < now.count; b++) tree.beam[now.node[b]] = NONE;
    next.count = 0;
    let highest = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < candidates.size; c++) {
      const score = candidates.score[c];
      if (score < least) continue;
      const [source, token] = [candidates.source[c], candidates.token[c]];
      const at = token === NONE ? this.stay(source, blank, logProbs, row) : this.extend(source, token, logProbs, row);
      tree.beam[next.node[at]] = at;
      if (score > highest) {
        highest = score;
        this.leader = at;
      }
    }
    this.now = next;
    this.next = now;
  }

  private stay(b: number, blank: number, logProbs: Float32Array, row: number): number {
    const { now, next, tree } = this;
    const node = now.node[b];
    const at = next.add(node);
    next.blank[at] = this.total[b] + blank;
    next.bestBlank[at] = this.best[b] + blank;
    next.closed[at] = this.emissionsOf(b);
    next.token[at] = this.stayToken[b];
    next.bestToken[at] = this.stayBest[b];
    if (this.stayBest[b] === Number.NEGATIVE_INFINITY) return at;
    const token = tree.token[node];
    const logProb = Math.max(logProbs[row + token], LEAST_LOG_PROB);
    const from = this.stayFrom[b];
    if (from === NONE) {
      next.open[at] = now.open[b];
      next.openStart[at] = now.openStart[b];
      next.openLogProb[at] = now.openLogProb[b] + logProb;
    } else this.openEmission(at, from, token, logProb);
    return at;
  }

  private extend(b: number, token: number, logProbs: Float32Array, row: number): number {
    const { now, next, tree } = this;
    const node = now.node[b];
    let child = tree.child(node, token);
    if (child === NONE) {
      this.scorer.extend(tree, node, token);
      child = tree.add(node, token);
      this.scorer.keep(tree, child);
    }
    const at = next.add(child);
    const logProb = logProbs[row + token];
    const repeats = tree.token[node] === token;
    next.token[at] = (repeats ? now.blank[b] : this.total[b]) + logProb;
    next.bestToken[at] = (repeats ? now.bestBlank[b] : this.best[b]) + logProb;
    this.openEmission(at, b, token, logProb);
    return at;
  }

  /** The token is heard from this frame on, after what the beam `from` heard. */
  private openEmission(at: number, from: number, token: number, logProb: number): void {
    const { now, next, tree } = this;
    next.open[at] = tree.token[now.node[from]] === token ? now.closed[from] : this.emissionsOf(from);
    next.openStart[at] = this.frame;
    next.openLogProb[at] = logProb;
  }

  /** The emissions of a beam's best alignment, all closed. */
  private emissionsOf(b: number): number {
    const { now, justClosed } = this;
    if (now.endsInBlank(b)) return now.closed[b];
    if (justClosed[b] === NONE)
      justClosed[b] = this.log.add(now.open[b], now.openStart[b], this.frame, now.openLogProb[b]);
    return justClosed[b];
  }

  /** Forgets all prefixes; the leader's last token may go on, and is not heard anew then. */
  restart(): void {
    const { now, leader, tree } = this;
    // The root starts where the leader stands.
    const total = this.combine(now.blank[leader], now.token[leader]);
    const best = Math.max(now.bestBlank[leader], now.bestToken[leader]);
    this.start(
      tree.token[now.node[leader]],
      now.blank[leader] - total,
      now.token[leader] - total,
      now.bestBlank[leader] - best,
      now.bestToken[leader] - best,
    );
  }

  /** What a segment starts with, right after `restart`. */
  get root(): { token: number; scores: [number, number, number, number] } {
    const { now, tree } = this;
    return { token: tree.token[0], scores: [now.blank[0], now.token[0], now.bestBlank[0], now.bestToken[0]] };
  }

  /** Starts a segment at a frame with what another search's `root` was. */
  resume(frame: number, token: number, scores: [number, number, number, number] = NOTHING_HEARD): void {
    this.frame = frame;
    this.start(token, ...scores);
  }

  private start(token: number, blank: number, ending: number, bestBlank: number, bestToken: number): void {
    const { tree, now } = this;
    tree.clear(token);
    this.log.clear();
    this.scorer.start(tree);
    now.count = 0;
    now.add(0);
    now.blank[0] = blank;
    now.token[0] = ending;
    now.bestBlank[0] = bestBlank;
    now.bestToken[0] = bestToken;
    now.openStart[0] = this.frame;
    now.openLogProb[0] = 0;
    tree.beam[0] = 0;
    this.leader = 0;
    this.settled = 0;
  }

  /** Takes up that the scorer's hotwords are others now: they hold for the whole segment under way. */
  rescoreHotwords(): void {
    const { tree, now } = this;
    this.scorer.rescoreHotwords(tree);
    let highest = Number.NEGATIVE_INFINITY;
    for (let b = 0; b < now.count; b++) {
      const score = this.scoreOf(b);
      if (score > highest && this.isSettled(b)) {
        highest = score;
        this.leader = b;
      }
    }
  }
}
