/** What is asked of decoding goes in, a plan comes out that threads can share; a factory makes each stream's decoder of it. */
import { BeamDecoder } from './beam/beam-decoder.js';
import { type BeamOptions, checkBeamOptions } from './beam/beam-options.js';
import { PrefixScorer, type ScorerWeights } from './beam/prefix-scorer.js';
import { checkTokenPriors, type TokenPriors } from './beam/token-priors.js';
import { type ConfidenceMap, type ConfidenceMaps, checkConfidenceMap } from './confidence-map.js';
import { DecodingError } from './errors.js';
import { GreedyDecoder } from './greedy.js';
import { HotwordAutomaton } from './hotwords/automaton.js';
import { type CheckedHotwords, checkHotwords, type Hotword } from './hotwords/hotword.js';
import type { Timing } from './hypothesis.js';
import { pronunciations } from './lexicon/lexicon.js';
import { type Homophones, numbersOf, pronouncedWords } from './lexicon/pronounced-words.js';
import { LanguageModel } from './lm/language-model.js';
import { SpellingTree } from './lm/spelling-tree.js';
import { lexiconSpellings, lmSpellings } from './lm/spellings.js';
import { UNKNOWN } from './lm/vocabulary.js';
import { checkNumbers, type NumberRule } from './options.js';
import type { StreamDecoder } from './stream-decoder.js';
import { tokenBytesOf } from './token-bytes.js';
import { type TokenTable, wordsOf } from './tokens.js';
import type { WordTimes } from './word-times.js';

export interface DecodingOptions extends BeamOptions {
  lm?: LanguageModel;
  /** weight of the language model's log-probs (default 0.5) */
  alpha?: number;
  /** a word adds this to the score (nats; default 1 with a language model, else 0) */
  beta?: number;
  /** a word that the language model does not know adds this, beside the model's own log-prob of unknown words (nats, at most 0; default -10) */
  unknown?: number;
  /** of each token, the natural logarithm of its mean probability in a frame (a bundle's `tokenPriors`) */
  tokenPriors?: readonly number[];
  /** share of `tokenPriors` that a beam search takes off the log-probs, for a language model knows better what is frequent (default 0) */
  priorScale?: number;
  /** the only words allowed; with a language model those that it does not know stay unknown to it */
  lexicon?: Iterable<string>;
  /** of every stream that brings none of its own */
  hotwords?: readonly Hotword[];
  /** how far words are from where their tokens are emitted (a bundle's `wordTimes`) */
  wordTimes?: WordTimes;
  /** what makes confidences probabilities (a bundle's `confidence`) */
  confidence?: ConfidenceMaps;
}

/** Plain data, but for what the language model's buffer is; hand it to other threads as it is. */
export interface DecodingPlan {
  /** absent: the greedy decoder, unless a stream has hotwords */
  beam?: BeamOptions;
  weights: ScorerWeights;
  priors?: TokenPriors;
  lm?: ArrayBufferLike;
  spellings?: Pick<SpellingTree, 'children' | 'label' | 'word' | 'most'>;
  homophones?: Homophones;
  hotwords?: readonly Hotword[];
  wordTimes?: WordTimes;
  confidence?: ConfidenceMaps;
}

const OFFSET: NumberRule = { default: 0, low: -10, high: 10 };
const WEIGHTS: Record<'alpha' | 'beta' | 'unknown' | 'priorScale', NumberRule> = {
  alpha: { default: 0.5, low: 0, high: 100 },
  beta: { default: 0, low: -100, high: 100 },
  unknown: { default: -10, low: -1000, high: 0 },
  priorScale: { default: 0, low: 0, high: 2 },
};
const BETA_WITH_LM = 1;

/** Greedy where none of beam, language model, lexicon and hotwords is asked for, and the tokens are no sounds.
 *  @throws DecodingError AUR_DECODING_OPTION, AUR_DECODING_LM_VOCABULARY, AUR_DECODING_PRONUNCIATION, AUR_DECODING_PRIORS */
export function planDecoding(table: TokenTable, options: DecodingOptions = {}): DecodingPlan {
  const { lm, lexicon, hotwords, alpha, beta, unknown, priorScale, tokenPriors, wordTimes, confidence, ...beam } =
    options;
  const { priorScale: scale, ...weights } = checkNumbers(
    'decoding',
    { alpha, beta: beta ?? (lm ? BETA_WITH_LM : 0), unknown, priorScale },
    WEIGHTS,
  );
  checkBeamOptions(beam);
  for (const kind of ['greedy', 'beam'] as const)
    if (confidence?.[kind]) checkConfidenceMap(`decoding.confidence.${kind}`, confidence[kind]);
  const isGreedy = beam.beam === undefined && !lm && !lexicon && !hotwords && !table.lexicon;
  return {
    beam: isGreedy ? undefined : beam,
    weights: { ...weights, closed: lexicon !== undefined || table.lexicon !== undefined },
    priors: checkTokenPriors(tokenPriors, scale, table.symbols.length),
    lm: lm?.buffer,
    ...wordsFor(table, lm, lexicon),
    hotwords,
    wordTimes:
      wordTimes && checkNumbers('decoding.wordTimes', { ...wordTimes }, { startOffset: OFFSET, endOffset: OFFSET }),
    confidence,
  };
}

function wordsFor(
  table: TokenTable,
  lm: LanguageModel | undefined,
  lexicon: Iterable<string> | undefined,
): Pick<DecodingPlan, 'spellings' | 'homophones'> {
  if (table.lexicon) return pronouncedWords(table, table.lexicon, lm, lexicon);
  if (lexicon) return { spellings: lexiconSpellings(table, lexicon, lm) };
  return lm ? { spellings: lmSpellings(table, lm) } : {};
}

/** A stream's decoder, and what of its hotwords could not be used. */
export interface MadeDecoder {
  decoder: StreamDecoder;
  problems: DecodingError[];
}

/** One a thread; its decoders share the language model. */
export class DecoderFactory {
  private readonly lm: LanguageModel | undefined;
  private readonly spellings: SpellingTree | undefined;
  private readonly scorers = new WeakMap<StreamDecoder, PrefixScorer>();
  private readonly automata = new WeakMap<
    readonly Hotword[],
    { automaton?: HotwordAutomaton; favoured?: ReadonlySet<number>; problems: DecodingError[] }
  >();

  constructor(
    private readonly table: TokenTable,
    private readonly timing: { frameSeconds: number },
    private readonly plan: DecodingPlan = planDecoding(table),
  ) {
    this.lm = plan.lm && new LanguageModel(plan.lm);
    const { spellings } = plan;
    // Objects that cross threads lose their methods.
    this.spellings = spellings && new SpellingTree(spellings.children, spellings.label, spellings.word, spellings.most);
  }

  /** @param hotwords of this stream instead of the plan's; with a list, also an empty one, they can be changed while it runs
   *  @param alternatives texts that are wanted of it: with more than one it has a beam */
  create(hotwords: readonly Hotword[] | undefined = this.plan.hotwords, alternatives = 1): MadeDecoder {
    const { table, plan } = this;
    const timing = (confidence: ConfidenceMap | undefined): Timing => ({
      ...this.timing,
      wordTimes: plan.wordTimes,
      confidence,
    });
    if (!plan.beam && !hotwords && alternatives <= 1)
      return { decoder: new GreedyDecoder(table, timing(plan.confidence?.greedy)), problems: [] };
    const { automaton, favoured, problems } = this.automatonOf(hotwords ?? []);
    const scorer = new PrefixScorer(tokenBytesOf(table), plan.weights, this.lm, this.spellings, plan.homophones);
    scorer.setHotwords(automaton, favoured);
    const decoder = new BeamDecoder(table, timing(plan.confidence?.beam), scorer, plan.beam, plan.priors);
    this.scorers.set(decoder, scorer);
    return { decoder, problems };
  }

  /** Gives a decoder that `create` made other hotwords; they hold for the whole segment under way.
   *  @returns a problem for each that could not be used
   *  @throws DecodingError AUR_DECODING_HOTWORDS_GREEDY where the decoder is greedy */
  setHotwords(decoder: StreamDecoder, hotwords: readonly Hotword[]): DecodingError[] {
    const scorer = this.scorers.get(decoder);
    if (!scorer || !(decoder instanceof BeamDecoder)) throw new DecodingError('AUR_DECODING_HOTWORDS_GREEDY', {});
    const { automaton, favoured, problems } = this.automatonOf(hotwords);
    scorer.setHotwords(automaton, favoured);
    decoder.rescoreHotwords();
    return problems;
  }

  /** Lists are often the same object for many streams. */
  private automatonOf(hotwords: readonly Hotword[]) {
    const known = this.automata.get(hotwords);
    if (known) return known;
    const { usable, problems }: CheckedHotwords = checkHotwords(this.table, hotwords);
    const { lexicon } = this.table;
    const worths = new Map<string, number>();
    for (const { phrase, boost } of usable)
      for (const said of lexicon ? pronunciations(lexicon, phrase) : [phrase])
        worths.set(said, Math.max(worths.get(said) ?? Number.NEGATIVE_INFINITY, this.worthOf(phrase, boost)));
    const phrases = [...worths].map(([phrase, worth]) => ({ phrase, worth }));
    const wanted = usable.filter(({ boost }) => boost > 0).map(({ phrase }) => phrase);
    const { homophones } = this.plan;
    const made = {
      automaton: phrases.length > 0 ? HotwordAutomaton.of(phrases) : undefined,
      favoured: lexicon && homophones && this.spellings && numbersOf(wanted, lexicon, this.spellings, homophones),
      problems,
    };
    this.automata.set(hotwords, made);
    return made;
  }

  /** A hotword's words that the language model does not know are spared the penalty for such words. */
  private worthOf(phrase: string, boost: number): number {
    const words = wordsOf(phrase);
    const unknown = this.lm ? words.filter((word) => this.lm!.id(word) === UNKNOWN).length : 0;
    return boost * words.length - (boost > 0 ? unknown * this.plan.weights.unknown : 0);
  }
}
