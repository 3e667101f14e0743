/** A manifest goes in, its sound utterances and the reasons against the others come out. */
import { datasetError } from './errors.js';
import { parseManifestLine, readManifestLines, resolvePath, type Utterance } from './manifest.js';
import { loadFeatures, loadPcm } from './utterance-loader.js';

export interface Quarantined {
  /** from 1 */
  line: number;
  /** absent when the line itself is bad */
  utterance?: Utterance;
  /** `AUR_…` */
  code: string;
  reason: string;
}

/** Checks every line and reads what it names; a bad line is quarantined, never thrown.
 *  @throws AUR_MANIFEST_MISSING when there is no manifest to check */
export async function checkManifest(path: string): Promise<{ good: Utterance[]; quarantined: Quarantined[] }> {
  const good: Utterance[] = [];
  const quarantined: Quarantined[] = [];
  for (const { line, content, where } of await readManifestLines(path)) {
    let utterance: Utterance | undefined;
    try {
      utterance = parseManifestLine(content, where);
      await (utterance.audio_filepath === undefined ? loadFeatures : loadPcm)(path, utterance);
      good.push(utterance);
    } catch (error) {
      const { code, message } = utterance ? coded(error, resolvePath(path, utterance)) : coded(error, where);
      quarantined.push({ line, ...(utterance && { utterance }), code, reason: message });
    }
  }
  return { good, quarantined };
}

/** A decoder may fail in its own words on bytes that no one foresaw. */
function coded(error: unknown, source: string): { code: string; message: string } {
  const { code, message } = error as { code?: unknown; message: string };
  if (typeof code === 'string' && code.startsWith('AUR_')) return { code, message };
  return datasetError('AUR_MANIFEST_UNREADABLE', { source, reason: String(error) });
}
