/** A model in training and a corpus go in, its greedy transcripts and error rate come out. */
import {
  characterErrorRate,
  type ErrorRate,
  GreedyDecoder,
  type TextPair,
  type TokenTable,
  wordErrorRate,
} from '@auricle/decoding';
import { packBatch } from '../data/batches.js';
import { type Recording, toFloat } from '../data/corpus.js';
import { type Example, encoderFrames, FRAMES_PER_SECOND, frameExample } from '../data/example.js';
import type { TrainingEngine } from '../engine/engine.js';
import { SUBSAMPLING } from '../model/config.js';
import { frameMultiple, type TrainConfig } from './config.js';

/** Seconds of an encoder frame. */
export const ENCODER_FRAME_SECONDS = SUBSAMPLING / FRAMES_PER_SECOND;

export interface Evaluation {
  words: ErrorRate;
  characters: ErrorRate;
  texts: TextPair[];
}

/** Greedy error rates of the averaged weights, as a stream of `config.evaluateChunk` frames a chunk would give them. */
export async function evaluateEngine(
  engine: TrainingEngine,
  config: TrainConfig,
  tokens: TokenTable,
  recordings: readonly Recording[],
): Promise<Evaluation> {
  const texts: TextPair[] = [];
  const examples = recordings.map((r): [Recording, Example] => [r, frameExample(config, toFloat(r.samples), r.labels)]);
  for (const group of groupsOfOneShape(examples, config)) {
    const batch = packBatch(
      config,
      { ...group, labelSlots: Math.max(...group.members.map(([r]) => r.labels.length), 1) },
      config.evaluateChunk,
      group.members.map(([, e]) => e),
    ).batch;
    const logProbs = await engine.logProbs(batch.features, group.rows, config.evaluateChunk);
    const row = logProbs.length / group.rows;
    group.members.forEach(([recording, example], i) => {
      const decoder = new GreedyDecoder(tokens, { frameSeconds: ENCODER_FRAME_SECONDS });
      const frames = encoderFrames(example.frames);
      decoder.push(logProbs.subarray(i * row, i * row + frames * tokens.symbols.length), frames);
      texts.push({ reference: recording.utterance.text, hypothesis: decoder.result().text });
    });
  }
  return { words: wordErrorRate(texts), characters: characterErrorRate(texts), texts };
}

/** Batches of a few shapes only: each new one costs a graph. */
function groupsOfOneShape(examples: [Recording, Example][], config: TrainConfig) {
  const multiple = frameMultiple(config) * 4;
  const padded = ([, e]: [Recording, Example]) => Math.ceil(e.frames / multiple) * multiple;
  const byLength = groupBy(examples, padded);
  return [...byLength].flatMap(([frames, members]) => {
    const rows = Math.max(1, Math.floor(config.batches.framesPerBatch / frames));
    return Array.from({ length: Math.ceil(members.length / rows) }, (_, i) => ({
      frames,
      rows,
      members: members.slice(i * rows, (i + 1) * rows),
    }));
  });
}

function groupBy<T>(items: readonly T[], key: (item: T) => number): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}
