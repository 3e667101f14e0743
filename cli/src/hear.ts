/** A manifest goes in, what the model hears in each of its utterances comes out, several streams side by side. */
import { loadPcm, readManifest, type Utterance } from '@auricle/datasets';
import { type Engine, type LogProbs, transcribeSamples } from '@auricle/serving';

/** Streams side by side. */
const PARALLEL = 8;

/** @param listen is told of each utterance before it is heard, by its place in the manifest; what it returns gets the log-probs, chunk by chunk
 *  @throws as `readManifest` and `loadPcm`, and what keeps the model from running */
export async function hearManifest(
  engine: Engine,
  manifest: string,
  listen: (utterance: Utterance, at: number) => (chunk: LogProbs) => void,
): Promise<void> {
  const utterances = await readManifest(manifest);
  let next = 0;
  const work = async () => {
    for (let at = next++; at < utterances.length; at = next++) {
      const onLogProbs = listen(utterances[at], at);
      await transcribeSamples(engine, await loadPcm(manifest, utterances[at]), { onLogProbs });
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
}
