/** What was heard of each dev utterance goes in, what is worth a look comes out: the worst ones, the confusions, the emissions of a few. */
import { readFileSync } from 'node:fs';
import { type TokenTable, wordsOf } from '@auricle/decoding';
import { z } from 'zod';
import type { Recognised, Reference } from '../loop/evaluate.js';
import type { ModelConfig } from '../model/config.js';
import { ConfusionCounter, confusionsSchema } from './confusions.js';
import { emission, emissionSchema } from './emission.js';
import { writeWhole } from './write-whole.js';

const WORST_SHOWN = 20;
/** A word and an alignment are shown so far. */
const [MOST_CHARACTERS, MOST_PAIRS] = [80, 200];
/** Places, among the utterances by duration, of those whose emissions are plotted. */
const PLOTTED = [0.25, 0.5, 0.75];
/** Longer ones (feature frames of 10 ms) are plotted only where there are no others. */
const PLOTTED_FRAMES = 1500;

const findingsSchema = z.object({
  epoch: z.number().int(),
  step: z.number().int(),
  utterances: z.number().int(),
  /** Those with the most word errors, the worst first. */
  worst: z.array(
    z.object({
      source: z.string(),
      errors: z.number().int(),
      words: z.number().int(),
      /** [reference, hypothesis] in order; a gap is null */
      pairs: z.array(z.tuple([z.string().nullable(), z.string().nullable()])),
      /** pairs after those */
      more: z.number().int(),
    }),
  ),
  words: confusionsSchema,
  /** not there where tokens are words */
  tokens: confusionsSchema.optional(),
  emissions: z.array(emissionSchema.extend({ source: z.string(), reference: z.string(), hypothesis: z.string() })),
});
export type DevFindings = z.infer<typeof findingsSchema>;

/** Collects one evaluation. Of log-probs it keeps what the plots need, of an utterance that is not among the worst its counts. */
export class DevInspection {
  private readonly words = new ConfusionCounter();
  private readonly tokens: ConfusionCounter | undefined;
  private worst: DevFindings['worst'] = [];
  private readonly emissions = new Map<Reference, DevFindings['emissions'][number]>();
  private utterances = 0;

  /** @param plotted whose emissions are kept, in the order of the plots */
  constructor(
    private readonly table: TokenTable,
    private readonly model: Pick<ModelConfig, 'melBins' | 'subsampling'>,
    private readonly plotted: readonly Reference[],
  ) {
    const areWords = table.symbols.every((symbol, id) => id === table.blankId || /^▁./u.test(symbol));
    if (!areWords) this.tokens = new ConfusionCounter();
  }

  add({ reference, hypothesis, tokens, logProbs }: Recognised): void {
    this.utterances++;
    const { symbols, blankId } = this.table;
    const { example, text } = reference;
    const source = reference.source ?? '';
    const symbolsOf = (ids: readonly number[]) => ids.map((id) => symbols[id]);
    this.tokens?.add(symbolsOf(example.labels), symbolsOf(tokens));
    const said = wordsOf(text);
    const pairs = this.words.add(said, wordsOf(hypothesis));
    const errors = pairs.filter(([a, b]) => a !== b).length;
    if (errors > 0) {
      const shown = pairs
        .slice(0, MOST_PAIRS)
        .map(([a, b]): [string | null, string | null] => [shortened(a), shortened(b)]);
      this.worst.push({ source, errors, words: said.length, pairs: shown, more: pairs.length - shown.length });
      if (this.worst.length >= 2 * WORST_SHOWN) this.keepWorst();
    }
    if (this.plotted.includes(reference)) {
      const plot = emission(example.features, this.model, logProbs, symbols, blankId);
      this.emissions.set(reference, { ...plot, source, reference: text, hypothesis });
    }
  }

  private keepWorst(): void {
    this.worst = this.worst
      .sort((a, b) => b.errors - a.errors || a.words - b.words || (a.source < b.source ? -1 : 1))
      .slice(0, WORST_SHOWN);
  }

  findings(epoch: number, step: number): DevFindings {
    this.keepWorst();
    return {
      epoch,
      step,
      utterances: this.utterances,
      worst: this.worst,
      words: this.words.result,
      tokens: this.tokens?.result,
      emissions: this.plotted.flatMap((reference) => this.emissions.get(reference) ?? []),
    };
  }
}

const shortened = (word: string | undefined) =>
  word === undefined ? null : word.length > MOST_CHARACTERS ? `${word.slice(0, MOST_CHARACTERS)}…` : word;

/** Utterances to plot in every epoch, so that one sees them change. */
export function utterancesToPlot(references: readonly Reference[]): Reference[] {
  const byFrames = references
    .filter(({ example }) => example.frames > 0)
    .sort((a, b) => a.example.frames - b.example.frames);
  const short = byFrames.filter(({ example }) => example.frames <= PLOTTED_FRAMES);
  const candidates = short.length > 0 ? short : byFrames.slice(0, 1);
  const chosen = PLOTTED.map((place) => candidates[Math.floor(place * candidates.length)]);
  return [...new Set(chosen)].filter((reference) => reference !== undefined);
}

export const saveFindings = (path: string, findings: DevFindings): void => writeWhole(path, JSON.stringify(findings));

/** @returns undefined where there are none that can be read */
export function loadFindings(path: string): DevFindings | undefined {
  try {
    return findingsSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
}
