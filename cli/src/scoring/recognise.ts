/** Manifests and a model bundle go in, what is heard in each utterance comes out beside what was said. */
import { loadPcm, type MatchedTexts, readManifest, type Utterance, utteranceId } from '@auricle/datasets';
import { createEngine, startServer, transcribeSamples } from '@auricle/serving';
import { pino } from 'pino';
import { type DecodingFlags, decodingOf, warnOfHotwords } from '../decoding-options.js';
import { cliError } from '../errors.js';
import { modelFolder } from '../models/store.js';
import { streamRecording } from '../stream-recording.js';

export interface RecognitionOptions extends DecodingFlags {
  /** folder of a model bundle */
  model: string;
  float: boolean;
  /** through a real server instead of in process */
  server: boolean;
  packetMs: number;
}

export interface Recognised {
  /** in the order of the manifests */
  texts: MatchedTexts[];
  /** utterances whose audio could not be read */
  unreadable: { id: string; code: string; message: string }[];
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

interface Task {
  id: string;
  manifest: string;
  utterance: Utterance;
}

/** @throws as `readManifest` and `createEngine`; AUR_CLI_NOTHING_TO_SCORE, AUR_CLI_UTTERANCE_TWICE; whatever keeps the model from running */
export async function recogniseManifests(
  manifests: readonly string[],
  { model, float, server: viaServer, packetMs, ...flags }: RecognitionOptions,
  onRecognised: OnRecognised,
): Promise<Recognised> {
  const decoding = await decodingOf(flags);
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
    const unreadable: Recognised['unreadable'][number][] = [];
    const start = performance.now();
    const wallSeconds = () => (performance.now() - start) / 1000;
    let [next, done, audioSeconds] = [0, 0, 0];
    const work = async () => {
      for (let at = next++; at < tasks.length; at = next++) {
        const { id, manifest, utterance } = tasks[at];
        try {
          const pcm = await loadPcm(manifest, utterance);
          const hypothesis = server
            ? (await streamRecording(server.url, pcm, packetMs)).map(({ text }) => text).join(' ')
            : (await transcribeSamples(engine, pcm)).text;
          const { speaker, text: reference } = utterance;
          heard[at] = { id, reference, hypothesis, ...(speaker !== undefined && { speaker }) };
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
