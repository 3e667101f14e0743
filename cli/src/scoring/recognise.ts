/** Manifests and a model bundle go in, what is heard in each utterance comes out beside what was said. */
import type { Pcm } from '@auricle/audio';
import { loadPcm, type MatchedTexts, readManifest, type Utterance, utteranceId } from '@auricle/datasets';
import { type JudgedWord, type TimedWord, wordsOf } from '@auricle/decoding';
import { createEngine, type Segment, startServer, transcribeSamples } from '@auricle/serving';
import { pino } from 'pino';
import { type DecodingFlags, decodingOf, textOf, warnOfHotwords } from '../decoding-options.js';
import { cliError } from '../errors.js';
import { modelFolder } from '../models/store.js';
import { streamRecording } from '../stream-recording.js';
import { alignRecording, isAboutRecording } from '../words/align-recording.js';
import { judgedWords } from '../words/judged-words.js';
import { readCtm } from '../words/read-ctm.js';
import { type TimeError, timeErrors } from '../words/time-accuracy.js';

export interface RecognitionOptions extends DecodingFlags {
  /** folder of a model bundle */
  model: string;
  float: boolean;
  /** through a real server instead of in process */
  server: boolean;
  packetMs: number;
  /** compare the times of words with forced alignment */
  wordTimes?: boolean;
  /** or with those in this CTM file */
  wordTimesFrom?: string;
}

export interface Recognised {
  /** in the order of the manifests */
  texts: MatchedTexts[];
  /** utterances whose audio could not be read */
  unreadable: { id: string; code: string; message: string }[];
  /** words that were heard, beside the references as they stand */
  judgedWords: JudgedWord[];
  /** of the words that were heard right; only where they are asked for */
  timeErrors: TimeError[];
  /** utterances whose words have no times to compare with, and why */
  untimed: { id: string; message: string }[];
  audioSeconds: number;
  /** from the first utterance's reading to the last one's text */
  wallSeconds: number;
}

/** How far it is, after each utterance. */
export type OnRecognised = (
  texts: MatchedTexts | undefined,
  progress: { done: number; total: number; timesRealTime: number },
) => void;

/** Streams side by side. */
const PARALLEL = 8;

type SpokenSegment = Pick<Segment, 'text' | 'words'>;

interface Task {
  id: string;
  manifest: string;
  utterance: Utterance;
}

/** @throws as `readManifest` and `createEngine`; AUR_CLI_NOTHING_TO_SCORE, AUR_CLI_UTTERANCE_TWICE; whatever keeps the model from running */
export async function recogniseManifests(
  manifests: readonly string[],
  { model, float, server: viaServer, packetMs, wordTimes, wordTimesFrom, ...flags }: RecognitionOptions,
  onRecognised: OnRecognised,
): Promise<Recognised> {
  const decoding = await decodingOf(flags);
  const known = wordTimesFrom === undefined ? undefined : readCtm(await textOf(wordTimesFrom), wordTimesFrom);
  const engine = await createEngine({
    bundle: await modelFolder(model),
    precision: float ? 'float' : undefined,
    decoding,
  });
  warnOfHotwords(engine, decoding);
  const server = viaServer ? await startServer({ engine, port: 0, log: pino({ level: 'silent' }) }) : undefined;
  try {
    const tasks = await readTasks(manifests);
    const heard: (MatchedTexts | undefined)[] = [];
    const judged: JudgedWord[][] = [];
    const unreadable: Recognised['unreadable'][number][] = [];
    const times: Pick<Recognised, 'timeErrors' | 'untimed'> = { timeErrors: [], untimed: [] };
    const compareTimes = async (id: string, pcm: Pcm, text: string, words: readonly TimedWord[]) => {
      try {
        const said = known
          ? known.get(id.replace(/\s/gu, '_'))
          : (await alignRecording(engine, pcm, text)).alignment.words;
        if (said) times.timeErrors.push(...timeErrors(said, words));
        else times.untimed.push({ id, message: `not in ${wordTimesFrom}` });
      } catch (error) {
        const { code = '', message } = error as Error & { code?: string };
        if (!isAboutRecording(code)) throw error;
        times.untimed.push({ id, message });
      }
    };
    const start = performance.now();
    const wallSeconds = () => (performance.now() - start) / 1000;
    let [next, done, audioSeconds] = [0, 0, 0];
    const work = async () => {
      for (let at = next++; at < tasks.length; at = next++) {
        const { id, manifest, utterance } = tasks[at];
        try {
          const pcm = await loadPcm(manifest, utterance);
          const segments: readonly SpokenSegment[] = server
            ? await streamRecording(server.url, pcm, packetMs)
            : (await transcribeSamples(engine, pcm)).segments;
          const hypothesis = segments.map(({ text }) => text).join(' ');
          const { speaker, text: reference } = utterance;
          heard[at] = { id, reference, hypothesis, ...(speaker !== undefined && { speaker }) };
          judged[at] = judgedWords(
            wordsOf(reference),
            segments.flatMap(({ words }) => words),
          );
          if (wordTimes || known)
            await compareTimes(
              id,
              pcm,
              reference,
              segments.flatMap(({ words }) => words),
            );
          audioSeconds += pcm.samples.length / pcm.sampleRate;
        } catch (error) {
          const { code = '', message } = error as Error & { code?: string };
          if (!isAboutAudio(code)) throw error;
          unreadable[at] = { id, code, message };
        }
        onRecognised(heard[at], {
          done: ++done,
          total: tasks.length,
          timesRealTime: audioSeconds / wallSeconds(),
        });
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, work));
    return {
      // Both have gaps where the other has an entry.
      texts: heard.filter((texts) => texts !== undefined),
      unreadable: unreadable.filter((reason) => reason !== undefined),
      ...times,
      judgedWords: judged.flat(),
      audioSeconds,
      wallSeconds: wallSeconds(),
    };
  } finally {
    await server?.close();
    await engine.close();
  }
}

/** Of one utterance's recording, not of the model or the server. */
const isAboutAudio = (code: string) => code.startsWith('AUR_AUDIO_') || code.startsWith('AUR_MANIFEST_');

async function readTasks(manifests: readonly string[]): Promise<Task[]> {
  const tasks = new Map<string, Task>();
  for (const manifest of manifests)
    for (const utterance of await readManifest(manifest)) {
      const id = utteranceId(utterance)!;
      const other = tasks.get(id);
      if (other) throw cliError('AUR_CLI_UTTERANCE_TWICE', { id, manifest, other: other.manifest });
      tasks.set(id, { id, manifest, utterance });
    }
  if (tasks.size === 0) throw cliError('AUR_CLI_NOTHING_TO_SCORE', { path: manifests.join(', ') });
  return [...tasks.values()];
}
