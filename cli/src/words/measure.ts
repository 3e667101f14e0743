/** An engine and manifests go in, what calibration is fitted on comes out: how words are emitted beside where speech begins and ends, and how confident
 *  right and wrong words are. */
import type { Pcm } from '@auricle/audio';
import { bundledDecoding } from '@auricle/bundle';
import { loadPcm, readManifest, utteranceId } from '@auricle/datasets';
import {
  DecoderFactory,
  type DecodingOptions,
  ForcedAligner,
  type JudgedWord,
  planDecoding,
  wordsOf,
} from '@auricle/decoding';
import { type Engine, type LogProbs, transcribeSamples } from '@auricle/serving';
import { frameSecondsOf } from '@auricle/serving/recogniser';
import { isAboutRecording } from './align-recording.js';
import { judgedWords } from './judged-words.js';
import { speechSpan } from './speech-span.js';

/** Streams side by side. */
const PARALLEL = 8;
/** Digital silence around each recording, so that words at its edges have room (seconds). */
const PADDING = 0.5;

/** What an utterance's first word begins and its last word ends with, seconds. */
export interface SpeechEdges {
  /** of the speech, by its energy */
  spoken: { start: number; end: number };
  /** of the first and the last token, by forced alignment */
  emitted: { start: number; end: number };
}

export interface Measured {
  edges: SpeechEdges[];
  /** of each utterance */
  words: { greedy: JudgedWord[][]; beam: JudgedWord[][] };
  leftOut: { id: string; code: string; message: string }[];
}

/** @throws as `readManifest`, and what keeps the model from running */
export async function measure(
  engine: Engine,
  manifests: readonly string[],
  decoding: DecodingOptions,
): Promise<Measured> {
  const measured: Measured = { edges: [], words: { greedy: [], beam: [] }, leftOut: [] };
  const { tokens } = engine.bundle;
  const timing = { frameSeconds: frameSecondsOf(engine.bundle) };
  // What is measured must not have been corrected by what was measured before.
  const { wordTimes: _, confidence: _maps, ...uncorrected } = await bundledDecoding(engine.bundle, decoding);
  const factories = {
    greedy: new DecoderFactory(tokens, timing, planDecoding(tokens)),
    beam: new DecoderFactory(tokens, timing, planDecoding(tokens, { beam: 16, ...uncorrected })),
  };
  const tasks = (
    await Promise.all(
      manifests.map(async (manifest) =>
        (await readManifest(manifest)).map((utterance) => ({ manifest, utterance, id: utteranceId(utterance)! })),
      ),
    )
  ).flat();
  let next = 0;
  const work = async () => {
    for (let at = next++; at < tasks.length; at = next++) {
      const { manifest, utterance, id } = tasks[at];
      try {
        const pcm = await loadPcm(manifest, utterance);
        const chunks: LogProbs[] = [];
        await transcribeSamples(engine, padded(pcm), { onLogProbs: (chunk) => chunks.push(chunk) });
        for (const kind of ['greedy', 'beam'] as const) {
          const { decoder } = factories[kind].create();
          for (const { values, frames } of chunks) decoder.push(values, frames);
          // Folds are made by place: it must not depend on which recording is through first.
          measured.words[kind][at] = judgedWords(wordsOf(utterance.text), decoder.result(true).words);
        }
        const aligner = new ForcedAligner(tokens, utterance.text, timing);
        for (const { values, frames } of chunks) aligner.push(values, frames);
        const { words } = aligner.finish();
        const spoken = speechSpan(pcm);
        if (spoken && words.length > 0)
          measured.edges.push({
            spoken: { start: spoken.start + PADDING, end: spoken.end + PADDING },
            emitted: { start: words[0].start, end: words[words.length - 1].end },
          });
      } catch (error) {
        const { code = '', message } = error as Error & { code?: string };
        if (!isAboutRecording(code)) throw error;
        measured.leftOut.push({ id, code, message });
      }
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
  for (const kind of ['greedy', 'beam'] as const)
    measured.words[kind] = Array.from(measured.words[kind], (words) => words ?? []);
  return measured;
}

function padded({ samples, sampleRate }: Pcm): Pcm {
  const silence = Math.round(PADDING * sampleRate);
  const longer = new Float32Array(samples.length + 2 * silence);
  longer.set(samples, silence);
  return { samples: longer, sampleRate };
}
