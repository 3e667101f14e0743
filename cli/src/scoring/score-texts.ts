/** Matched texts go in, scored utterances come out, normalised first where that is asked for. */
import { type MatchedTexts, normaliseText } from '@auricle/datasets';
import { scoreUtterance, type UtteranceScore } from '@auricle/decoding';
import type { ScoringOptions } from './options.js';

export interface ScoredTexts {
  scores: UtteranceScore[];
  /** characters that no rule of the normalisation covers, and in how many texts; they stay in the texts and count as they are */
  unknown: Map<string, number>;
}

export function scoreTexts(texts: readonly MatchedTexts[], options: ScoringOptions): ScoredTexts {
  const scorer = new TextScorer(options);
  return { scores: texts.map((utterance) => scorer.score(utterance)), unknown: scorer.unknown };
}

/** One utterance after the other, as they are recognised. */
export class TextScorer {
  readonly unknown = new Map<string, number>();

  constructor(private readonly options: ScoringOptions) {}

  score(utterance: MatchedTexts): UtteranceScore {
    const reference = this.normalised(utterance.reference);
    const hypothesis = this.normalised(utterance.hypothesis);
    return scoreUtterance({ ...utterance, reference, hypothesis }, this.options.alignment);
  }

  private normalised(text: string): string {
    if (this.options.normalise === undefined) return text;
    const { text: normalised, unknown } = normaliseText(text, this.options.normalise);
    for (const character of unknown) this.unknown.set(character, (this.unknown.get(character) ?? 0) + 1);
    return normalised;
  }
}
