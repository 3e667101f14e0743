/** A manifest with what was said and texts that were heard go in, pairs of them come out: as `evaluate` scores them. */
import { resolve } from 'node:path';
import { type MatchedTexts, readManifest, resolvePath } from '@auricle/datasets';

const keyOf = (file: string, offset: number | undefined) => `${resolve(file)}@${offset ?? 0}`;

export class References {
  private readonly pairs: MatchedTexts[] = [];
  private unmatched = 0;

  private constructor(private readonly said: Map<string, { text: string; speaker?: string }>) {}

  /** @throws AUR_MANIFEST_… */
  static async read(manifest: string): Promise<References> {
    const said = new Map<string, { text: string; speaker?: string }>();
    for (const { text, speaker, ...utterance } of await readManifest(manifest))
      said.set(keyOf(resolvePath(manifest, utterance), utterance.offset), { text, speaker });
    return new References(said);
  }

  add(file: string, offset: number | undefined, hypothesis: string): void {
    const key = keyOf(file, offset);
    const found = this.said.get(key);
    if (!found) {
      this.unmatched++;
      return;
    }
    const { text: reference, speaker } = found;
    this.pairs.push({ id: key, reference, hypothesis, ...(speaker !== undefined && { speaker }) });
  }

  /** In the order of their names: the intervals depend on it, and recordings are done in any order. */
  get texts(): MatchedTexts[] {
    return this.pairs.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** What the figures leave out. */
  gaps(): string[] {
    const without = this.said.size - new Set(this.pairs.map(({ id }) => id)).size;
    return [
      ...(this.unmatched > 0 ? [`${this.unmatched} recordings have no reference and are in no figure`] : []),
      ...(without > 0 ? [`${without} references have no transcript and are in no figure`] : []),
    ];
  }
}
