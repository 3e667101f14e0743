/** A network, the importance of its parts and a budget go in, what is to be kept comes out. */
import { blockSizes, type ModelSpec } from '../model/config.js';
import type { Importance } from './importance.js';
import { blockCost, type Kept, keepAllParts, multiplyAdds, PARTS, type Part, partCost } from './structure.js';

/** Channels go in groups of so many: what processors take at a time. */
const GROUP = 8;

interface Candidate {
  block: number;
  /** of that kind, or the whole block */
  part: Part | 'block';
  members: number[];
  /** what the loss is thought to change by for each multiply-add that is saved */
  price: number;
  cost: number;
}

/** Takes away what costs the loss least for what it saves, until the budget is met. At least one head for each key/value head, a group of
 *  channels in each layer and one block stay.
 *  @param budget multiply-adds an encoder frame
 *  @param chunk encoder frames */
export function chooseParts(spec: ModelSpec, { parts, blocks }: Importance, budget: number, chunk: number): Kept {
  const { config } = spec;
  const window = config.leftContext + chunk;
  const kept = keepAllParts(config);
  const candidates: Candidate[] = [];
  for (let block = 0; block < config.blocks; block++) {
    const whole = blockCost(config, blockSizes(config, block), window);
    candidates.push({ block, part: 'block', members: [], price: blocks[block] / whole, cost: whole });
    for (const part of PARTS)
      for (const members of groupsOf(part, parts[block][part], config.keyValueHeads)) {
        const cost = members.length * partCost(config, part, window);
        const worth = members.reduce((sum, i) => sum + parts[block][part][i], 0);
        candidates.push({ block, part, members, price: worth / cost, cost });
      }
  }
  candidates.sort((a, b) => a.price - b.price);
  let left = multiplyAdds(spec, chunk);
  for (const { block, part, members, cost, price } of candidates) {
    // What has no price is not for sale.
    if (left <= budget || price === Number.POSITIVE_INFINITY) break;
    const parts = kept[block];
    if (!parts) continue;
    if (part === 'block') {
      if (kept.filter((other) => other !== undefined).length === 1) continue;
      const sizes = Object.fromEntries(PARTS.map((of) => [of, parts[of].length])) as ReturnType<typeof blockSizes>;
      left -= blockCost(config, sizes, window);
      kept[block] = undefined;
    } else {
      parts[part] = parts[part].filter((member) => !members.includes(member));
      left -= cost;
    }
  }
  return kept;
}

/** The least important first; the most important group is not among them, for it stays. */
function groupsOf(part: Part, worths: Float64Array, keyValueHeads: number): number[][] {
  const byWorth = (members: number[]) => members.sort((a, b) => worths[a] - worths[b]);
  const all = Array.from(worths, (_, i) => i);
  if (part === 'heads') {
    // Key/value heads keep as many query heads each.
    const each = worths.length / keyValueHeads;
    const ordered = Array.from({ length: keyValueHeads }, (_, group) =>
      byWorth(all.slice(group * each, (group + 1) * each)),
    );
    return Array.from({ length: each - 1 }, (_, i) => ordered.map((group) => group[i]));
  }
  const ordered = byWorth(all);
  return Array.from({ length: Math.ceil(ordered.length / GROUP) - 1 }, (_, i) =>
    ordered.slice(i * GROUP, (i + 1) * GROUP),
  );
}
