/** A network with its weights and what is to be kept of it go in, the smaller dense network comes out. */
import {
  blockSizes,
  headWidth,
  type ModelSpec,
  parameterCount,
  parameterSpecs,
  placedParameters,
} from '../model/config.js';
import { type Kept, type KeptParts, PARTS } from './structure.js';

/** @param vectors flat, each in the order of `parameterSpecs(spec)`: weights, or what belongs to each of them
 *  @returns the network and the vectors in its own order */
export function cutNetwork(
  spec: ModelSpec,
  kept: Kept,
  vectors: readonly Float32Array[],
): { spec: ModelSpec; vectors: Float32Array[] } {
  const smaller = specOf(spec, kept);
  const wanted = placedParameters(parameterSpecs(smaller));
  // Blocks close up: the new name of each.
  const renamed = new Map<string, string>();
  let next = 0;
  for (const [block, parts] of kept.entries()) if (parts) renamed.set(`block${block}`, `block${next++}`);
  const places = new Map(wanted.map(({ name, at }) => [name, at]));
  const cut = vectors.map(() => new Float32Array(parameterCount(wanted)));
  for (const { name, shape, at } of placedParameters(parameterSpecs(spec))) {
    const [block, ...rest] = name.split('.');
    const parts = block.startsWith('block') ? kept[Number(block.slice('block'.length))] : undefined;
    const target = places.get(renamed.has(block) ? [renamed.get(block), ...rest].join('.') : name);
    if (target !== undefined && (parts || !block.startsWith('block'))) {
      const [rows, columns] = shape.length === 2 ? shape : [1, shape[0]];
      const selected = parts ? selection(spec, Number(block.slice('block'.length)), parts, rest.join('.')) : {};
      const keptRows = selected.rows ?? range(rows);
      const keptColumns = selected.columns ?? range(columns);
      vectors.forEach((vector, v) => {
        let to = target;
        for (const row of keptRows)
          for (const column of keptColumns) cut[v][to++] = vector[at + row * columns + column];
      });
    }
  }
  return { spec: smaller, vectors: cut };
}

const range = (count: number, from = 0) => Array.from({ length: count }, (_, i) => from + i);

/** The network's configuration with sizes for each block; losses after blocks that are gone move to the block before. */
function specOf(spec: ModelSpec, kept: Kept): ModelSpec {
  const { config } = spec;
  const left = kept.filter((parts) => parts !== undefined);
  const layers = left.map((parts) => ({
    heads: parts.heads.length,
    feedForward1: parts.feedForward1.length,
    feedForward2: parts.feedForward2.length,
    channels: parts.channels.length,
  }));
  const moved = config.intermediate.map((block) => kept.slice(0, block).filter((parts) => parts !== undefined).length);
  const intermediate = [...new Set(moved)].filter((block) => block > 0 && block < left.length);
  const selfConditioned = config.selfConditioned && intermediate.length > 0;
  return {
    ...spec,
    // Its layers are no longer those that ranges were calibrated for.
    integers: undefined,
    config: { ...config, size: undefined, blocks: left.length, layers, intermediate, selfConditioned },
  };
}

/** Rows and columns of a block's parameter that stay; all where none are named. */
function selection(
  spec: ModelSpec,
  block: number,
  parts: KeptParts,
  name: string,
): { rows?: number[]; columns?: number[] } {
  const { config } = spec;
  const sizes = blockSizes(config, block);
  const size = headWidth(config);
  const queries = parts.heads.flatMap((head) => range(size, head * size));
  const of = (inner: readonly number[]): Record<string, { rows?: number[]; columns?: number[] }> => ({
    'in.weight': { columns: [...inner] },
    'in.bias': { columns: [...inner] },
    'out.weight': { rows: [...inner] },
  });
  const [module, ...rest] = name.split('.');
  const parameter = rest.join('.');
  if (module === 'feedForward1' || module === 'feedForward2') return of(parts[module])[parameter] ?? {};
  if (module === 'attention') {
    if (parameter === 'out.weight') return { rows: queries };
    if (!parameter.startsWith('queryKeyValue')) return {};
    const from = sizes.heads * size;
    const keysValues = range(2 * config.keyValueHeads * size, from);
    return { columns: [...queries, ...keysValues] };
  }
  const gates = parts.channels.map((channel) => channel + sizes.channels);
  if (parameter.startsWith('in.')) return { columns: [...parts.channels, ...gates] };
  if (parameter === 'filter' || parameter === 'bias') return { columns: parts.channels };
  return parameter === 'out.weight' ? { rows: parts.channels } : {};
}

/** What a block's heads and channels are worth, from what each weight is: the sums of their weights.
 *  @param values flat, in the order of `parameterSpecs(spec)` */
export function sumsOfParts(spec: ModelSpec, values: Float32Array): { [Part in keyof KeptParts]: Float64Array }[] {
  const { config } = spec;
  const sums = range(config.blocks).map((block) => {
    const sizes = blockSizes(config, block);
    return Object.fromEntries(PARTS.map((part) => [part, new Float64Array(sizes[part])])) as {
      [Part in keyof KeptParts]: Float64Array;
    };
  });
  for (const { name, shape, at } of placedParameters(parameterSpecs(spec))) {
    const match = /^block(\d+)\.(.+)$/.exec(name);
    if (!match) continue;
    const block = Number(match[1]);
    const [rows, columns] = shape.length === 2 ? shape : [1, shape[0]];
    const owner = ownerOf(spec, block, match[2]);
    if (!owner) continue;
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++) {
        const member = owner.memberOf(row, column);
        if (member !== undefined) sums[block][owner.part][member] += values[at + row * columns + column];
      }
  }
  return sums;
}

/** To which head or channel a weight belongs. */
function ownerOf(
  spec: ModelSpec,
  block: number,
  name: string,
): { part: keyof KeptParts; memberOf: (row: number, column: number) => number | undefined } | undefined {
  const size = headWidth(spec.config);
  const { heads, channels } = blockSizes(spec.config, block);
  const [module, ...rest] = name.split('.');
  const parameter = rest.join('.');
  if (parameter === 'out.bias') return undefined;
  const isOut = parameter === 'out.weight';
  if (module === 'feedForward1' || module === 'feedForward2')
    return { part: module, memberOf: (row, column) => (isOut ? row : column) };
  if (module === 'attention')
    return {
      part: 'heads',
      memberOf: (row, column) => {
        const head = Math.floor((isOut ? row : column) / size);
        return head < heads ? head : undefined;
      },
    };
  return { part: 'channels', memberOf: (row, column) => (isOut ? row : column) % channels };
}
