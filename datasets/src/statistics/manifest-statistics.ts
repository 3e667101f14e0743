/** A manifest goes in, figures about its recordings come out. */
import { readRecordings } from '../manifest.js';
import { Column } from './column.js';

export interface ManifestStatistics {
  path: string;
  utterances: number;
  seconds: number;
  /** of each recording, ascending */
  durations: Float32Array;
  /** characters a second (spaces not counted) of each recording with a text, ascending */
  rates: Float32Array;
  /** words of each recording with a text, ascending */
  wordCounts: Float32Array;
  /** seconds of each speaker, ascending */
  speakerSeconds: Float32Array;
  /** recordings without one */
  withoutSpeaker: number;
  words: number;
  distinctWords: number;
  /** characters (code points, spaces not counted) with how often each is there, the most frequent first */
  characters: readonly (readonly [character: string, count: number])[];
}

/** Nothing is decoded: durations are the manifest's. Memory grows with lines (12 bytes each), speakers and distinct words.
 *  @throws as `readManifest` */
export async function manifestStatistics(path: string): Promise<ManifestStatistics> {
  const [durations, rates, wordCounts] = [1, 2, 3].map(() => new Column((length) => new Float32Array(length)));
  const speakers = new Map<string, number>();
  const words = new Set<string>();
  const characters = new Map<string, number>();
  let [seconds, withoutSpeaker, wordTotal] = [0, 0, 0];
  for await (const { duration, speaker, text } of readRecordings(path)) {
    durations.push(duration);
    seconds += duration;
    if (speaker === undefined) withoutSpeaker++;
    else speakers.set(speaker, (speakers.get(speaker) ?? 0) + duration);
    if (text === undefined) continue;
    let length = 0;
    const spoken = text.split(/\s+/u).filter((word) => word !== '');
    for (const word of spoken) {
      words.add(word);
      for (const character of word) {
        characters.set(character, (characters.get(character) ?? 0) + 1);
        length++;
      }
    }
    rates.push(length / duration);
    wordCounts.push(spoken.length);
    wordTotal += spoken.length;
  }
  return {
    ...{ path, utterances: durations.length, seconds, withoutSpeaker },
    durations: durations.values().slice().sort(),
    rates: rates.values().slice().sort(),
    wordCounts: wordCounts.values().slice().sort(),
    speakerSeconds: Float32Array.from(speakers.values()).sort(),
    ...{ words: wordTotal, distinctWords: words.size },
    characters: [...characters].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)),
  };
}
