/** References and hypotheses go in one pair at a time, what is taken for what and how often comes out. */
import { alignWords } from '@auricle/decoding';
import { z } from 'zod';

/** The most frequent of each kind are kept. */
const MOST_SHOWN = 20;

const countedSchema = z.array(z.object({ unit: z.string(), count: z.number().int(), of: z.number().int() }));
export const confusionsSchema = z.object({
  /** `of` tells how often the reference has the unit. */
  substitutions: z.array(
    z.object({ said: z.string(), heard: z.string(), count: z.number().int(), of: z.number().int() }),
  ),
  deletions: countedSchema,
  /** `of` tells how often the hypotheses have the unit. */
  insertions: countedSchema,
  /** of all units */
  totals: z.object({
    units: z.number().int(),
    substitutions: z.number().int(),
    deletions: z.number().int(),
    insertions: z.number().int(),
  }),
});
/** The most frequent first. */
export type Confusions = z.infer<typeof confusionsSchema>;

export type Pairs = [string | undefined, string | undefined][];

/** Units are words, or tokens; their edits are those of a cheapest alignment. */
export class ConfusionCounter {
  private readonly said = new Map<string, number>();
  private readonly heard = new Map<string, number>();
  private readonly substitutions = new Map<string, Map<string, number>>();
  private readonly deletions = new Map<string, number>();
  private readonly insertions = new Map<string, number>();

  /** @returns the alignment */
  add(reference: readonly string[], hypothesis: readonly string[]): Pairs {
    for (const unit of reference) addTo(this.said, unit);
    for (const unit of hypothesis) addTo(this.heard, unit);
    const same = reference.length === hypothesis.length && reference.every((unit, i) => unit === hypothesis[i]);
    const pairs: Pairs = same ? reference.map((unit) => [unit, unit]) : alignWords(reference, hypothesis).pairs;
    for (const [said, heard] of pairs)
      if (said !== heard) {
        if (said === undefined) addTo(this.insertions, heard!);
        else if (heard === undefined) addTo(this.deletions, said);
        else addTo(mapOf(this.substitutions, said), heard);
      }
    return pairs;
  }

  get result(): Confusions {
    const flat = [...this.substitutions].flatMap(([said, heard]) =>
      [...heard].map(([unit, count]) => ({ said, heard: unit, count, of: this.said.get(said)! })),
    );
    return {
      substitutions: most(flat),
      deletions: most([...this.deletions].map(([unit, count]) => ({ unit, count, of: this.said.get(unit)! }))),
      insertions: most([...this.insertions].map(([unit, count]) => ({ unit, count, of: this.heard.get(unit)! }))),
      totals: {
        units: sum(this.said.values()),
        substitutions: flat.reduce((total, { count }) => total + count, 0),
        deletions: sum(this.deletions.values()),
        insertions: sum(this.insertions.values()),
      },
    };
  }
}

const addTo = (counts: Map<string, number>, unit: string) => counts.set(unit, (counts.get(unit) ?? 0) + 1);
const most = <T extends { count: number }>(all: T[]) => all.sort((a, b) => b.count - a.count).slice(0, MOST_SHOWN);
const sum = (counts: Iterable<number>) => [...counts].reduce((a, b) => a + b, 0);

function mapOf(maps: Map<string, Map<string, number>>, key: string): Map<string, number> {
  const there = maps.get(key);
  if (there) return there;
  const made = new Map<string, number>();
  maps.set(key, made);
  return made;
}
