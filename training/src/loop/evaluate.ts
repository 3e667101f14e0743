/** A model in training and a corpus go in, its greedy transcripts and error rate come out. */
import {
  characterErrorRate,
  type ErrorRate,
  GreedyDecoder,
  type TextPair,
  type TokenTable,
  wordErrorRate,
} from '@auricle/decoding';
import { packBatch, paddingOf } from '../data/batches.js';
import { type Example, encoderFrames, FRAMES_PER_SECOND } from '../data/example.js';
import type { TrainingEngine } from '../engine/engine.js';
import { frameMultiple, type TrainConfig } from './config.js';

/** An utterance to recognise: its frames and what was said. */
export interface Reference {
  example: Example;
  text: string;
  /** names it in reports */
  source?: string;
}

/** What was heard of an utterance. */
export interface Recognised {
  reference: Reference;
  hypothesis: string;
  /** ids, as they were emitted */
  tokens: number[];
  /** row-major [encoder frames, vocabulary]; a copy must be made of what is needed later */
  logProbs: Float32Array;
}

export interface Evaluation {
  words: ErrorRate;
  characters: ErrorRate;
  texts: TextPair[];
}

/** Greedy error rates of the averaged weights, as a stream of `config.evaluateChunk` frames a chunk would give them.
 *  @param onRecognised is told of each utterance, in no order of theirs
 *  @param attention chunk in encoder frames, or the whole utterance */
export async function evaluateEngine(
  engine: TrainingEngine,
  config: TrainConfig,
  tokens: TokenTable,
  references: readonly Reference[],
  onRecognised?: (recognised: Recognised) => void,
  attention: number | 'full' = config.evaluateChunk,
): Promise<Evaluation> {
  const texts: TextPair[] = [];
  const { melBins, subsampling } = config.model;
  for (const { members, ...size } of groupsOfOneShape(references, config)) {
    const labelSlots = Math.max(...members.map(({ example }) => example.labels.length), 1);
    const shape = { ...size, labelSlots, melBins, subsampling, padding: paddingOf(config) };
    const chunk = attention === 'full' ? shape.frames / subsampling : attention;
    const batch = packBatch(
      shape,
      chunk,
      members.map(({ example }) => example),
    );
    const logProbs = await engine.logProbs(batch.features, shape.rows, chunk);
    const row = logProbs.length / shape.rows;
    members.forEach((reference, i) => {
      const { example, text } = reference;
      const decoder = new GreedyDecoder(tokens, { frameSeconds: subsampling / FRAMES_PER_SECOND });
      const frames = encoderFrames(example.frames, subsampling);
      const ofRow = logProbs.subarray(i * row, i * row + frames * tokens.symbols.length);
      decoder.push(ofRow, frames);
      const heard = decoder.result();
      texts.push({ reference: text, hypothesis: heard.text });
      onRecognised?.({ reference, hypothesis: heard.text, tokens: heard.tokens.map(({ id }) => id), logProbs: ofRow });
    });
  }
  return { words: wordErrorRate(texts), characters: characterErrorRate(texts), texts };
}

/** Batches of a few shapes only: each new one costs a graph. */
function groupsOfOneShape(references: readonly Reference[], config: TrainConfig) {
  const multiple = frameMultiple(config) * 4;
  const byFrames = new Map<number, Reference[]>();
  for (const reference of references) {
    const frames = Math.ceil(reference.example.frames / multiple) * multiple;
    const group = byFrames.get(frames);
    if (group) group.push(reference);
    else byFrames.set(frames, [reference]);
  }
  return [...byFrames].flatMap(([frames, all]) => {
    const rows = Math.min(all.length, Math.max(1, Math.floor(config.batches.framesPerBatch / frames)));
    return Array.from({ length: Math.ceil(all.length / rows) }, (_, i) => ({
      frames,
      rows,
      members: all.slice(i * rows, (i + 1) * rows),
    }));
  });
}
