import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type BuildOptions,
  bestWeight,
  buildModel,
  interpolateModels,
  type LanguageModel,
  PerplexityMeter,
  pruneByEntropy,
  readArpa,
} from '@auricle/decoding';
import { RecordSorter } from '@auricle/decoding/lm/build/record-sorter';
import { codeBook, nearestCode } from '@auricle/decoding/lm/code-book';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const FIXTURES = join(import.meta.dirname, 'fixtures');
const linesOf = async (name: string) => (await readFile(join(FIXTURES, name), 'utf8')).trimEnd().split('\n');
const [train, heldOut] = [await linesOf('alice.txt'), await linesOf('alice-held-out.txt')];
const build = async (lines: string[], options: BuildOptions) => (await buildModel(() => [lines], options)).model;

function perplexity(model: LanguageModel, lines = heldOut): number {
  const meter = new PerplexityMeter(model);
  for (const line of lines) meter.add(line);
  return meter.result().perplexity;
}

/** The probabilities of all words after a context; <s> never comes. */
function totalAfter(model: LanguageModel, context: string): number {
  let state = model.after(model.id('<s>'));
  for (const word of context.split(' ').filter((w) => w !== '')) {
    model.score(state, model.id(word));
    state = model.next;
  }
  let total = 0;
  for (let word = 0; word < model.words; word++) if (word !== model.id('<s>')) total += 10 ** model.score(state, word);
  return total;
}

describe('a model built of a text', () => {
  const CONTEXTS = ['', 'alice', 'the white', 'said the king', 'of the zzyzx', 'not-there', 'down the rabbit'];

  it.each<[string, BuildOptions]>([
    ['order 1', { order: 1 }],
    ['order 4', { order: 4 }],
    ['pruned by count', { order: 4, prune: [1, 2] }],
    ['pruned by entropy', { order: 3, entropy: 1e-5 }],
    ['of the 300 most frequent words', { order: 3, vocabulary: 300 }],
  ])('gives every context probabilities that sum to 1: %s', async (_, options) => {
    const model = await build(train, { ...options, bits: 32 });
    for (const context of CONTEXTS) expect(totalAfter(model, context)).toBeCloseTo(1, 4);
  });

  it('is the same where the sorting does not fit into memory', async () => {
    const lines = Array.from({ length: 8 }, () => train).flat();
    const [inMemory, onDisk] = [await build(lines, { order: 4 }), await build(lines, { order: 4, memory: 2 ** 20 })];
    expect(Buffer.from(onDisk.buffer).equals(Buffer.from(inMemory.buffer))).toBe(true);
  });

  it('foretells the text that it is made of better with longer n-grams', async () => {
    const [one, two, three] = await Promise.all([1, 2, 3].map((order) => build(train, { order })));
    expect(perplexity(two, train)).toBeLessThan(perplexity(one, train) / 3);
    expect(perplexity(three, train)).toBeLessThan(perplexity(two, train) / 2);
  });

  it('knows the most frequent words alone where that is asked for', async () => {
    const model = await build(['a a b', 'a b c', '<unk> d'], { order: 2, vocabulary: 2 });
    expect(model.words).toBe(3 + 2);
    expect([model.id('a'), model.id('b'), model.id('c')].map((id) => id > 0)).toEqual([true, true, false]);
  });

  it('refuses a text without words, with names of sentence ends, and options that cannot be', async () => {
    await expect(build([' ', ''], {})).rejects.toMatchObject({ code: 'AUR_DECODING_LM_TEXT' });
    await expect(build(['a </s> b'], {})).rejects.toThrow('has the word </s>');
    await expect(build(['a'], { order: 6 })).rejects.toThrow('order: seen 6, expected a whole number from 1 to 5');
    await expect(build(['a'], { order: 3, prune: [2, 1] })).rejects.toThrow('prune[1]: seen 1');
    await expect(build(['a'], { order: 2, prune: [0, 1] })).rejects.toThrow('prune: seen 2 counts');
  });
});

describe('pruning by entropy', () => {
  it('leaves out more the more it may cost, and costs little', async () => {
    const whole = await build(train, { order: 3, bits: 32 });
    const sizes = [0, 1e-6, 1e-5, 1e-4].map((threshold) => {
      const model = pruneByEntropy(whole, threshold, { bits: 32 });
      return { ngrams: model.shape.counts.reduce((a, b) => a + b, 0), perplexity: perplexity(model) };
    });
    for (let i = 1; i < sizes.length; i++) expect(sizes[i].ngrams).toBeLessThan(sizes[i - 1].ngrams);
    expect(sizes[2].ngrams).toBeLessThan(0.7 * sizes[0].ngrams);
    expect(sizes[2].perplexity).toBeLessThan(1.1 * perplexity(whole));
  });

  it('leaves out an n-gram that says just what the shorter one does', async () => {
    // After b, a is as likely as anywhere; after a, b is not.
    const arpa =
      '\\data\\\nngram 1=5\nngram 2=2\n\n\\1-grams:\n-99 <s> 0\n-0.60206 </s>\n-0.60206 a -0.5\n-0.60206 b 0\n-0.60206 <unk>\n\n\\2-grams:\n-0.1 a b\n-0.60206 b a\n\n\\end\\\n';
    const model = await readArpa([new TextEncoder().encode(arpa)], { bits: 32 });
    const pruned = pruneByEntropy(model, 1e-6, { bits: 32 });
    expect(pruned.shape.counts).toEqual([5, 1]);
    expect(pruned.score(pruned.after(pruned.id('a')), pruned.id('b'))).toBeCloseTo(-0.1, 6);
  });
});

describe('interpolation', () => {
  it('sums to 1 after every context and mixes what both models give', async () => {
    const [a, b] = [
      await build(train.slice(0, 300), { order: 3, bits: 32 }),
      await build(train.slice(300), { order: 2, bits: 32 }),
    ];
    const mixed = interpolateModels(a, b, 0.3, { bits: 32 });
    for (const context of ['', 'alice', 'the white', 'not-there']) expect(totalAfter(mixed, context)).toBeCloseTo(1, 3);
    const afterThe = (model: LanguageModel, word: string) =>
      10 ** model.score(model.after(model.id('the')), model.id(word));
    // An n-gram that both have.
    expect(afterThe(mixed, 'rabbit')).toBeCloseTo(0.3 * afterThe(a, 'rabbit') + 0.7 * afterThe(b, 'rabbit'), 6);
    // One model alone is that model.
    expect(perplexity(interpolateModels(a, a, 0.5, { bits: 32 }))).toBeCloseTo(perplexity(a), 1);
  });

  it('finds the weight that makes a text likeliest', async () => {
    const [a, b] = [await build(train.slice(0, 300), { order: 2 }), await build(train.slice(300), { order: 2 })];
    const weight = bestWeight(a, b, heldOut);
    const at = (w: number) => perplexity(interpolateModels(a, b, w));
    expect(weight).toBeGreaterThan(0.05);
    expect(weight).toBeLessThan(0.95);
    expect(at(weight)).toBeLessThan(Math.min(at(0.02), at(0.98)));
  });
});

describe('the sorter of records', () => {
  it('sorts and adds up as an array does, whatever fits into memory', () => {
    const anyRecords = fc.array(
      fc.tuple(
        fc.integer({ min: 0, max: 3 }),
        fc.constantFrom(0, 1, 70_000, 2 ** 32 - 1),
        fc.integer({ min: 1, max: 5 }),
      ),
      { maxLength: 400 },
    );
    fc.assert(
      fc.property(anyRecords, fc.integer({ min: 1, max: 20 }), (records, copies) => {
        const sorter = new RecordSorter({ stride: 3, keys: [1, 0], sum: 2, memory: 1 });
        for (let copy = 0; copy < copies; copy++) for (const record of records) sorter.add(record);
        const found: number[][] = [];
        for (const sorted = sorter.sorted(); sorted.next(); )
          found.push([...sorted.data.subarray(sorted.at, sorted.at + 3)]);
        sorter.close();
        const sums = new Map<string, number[]>();
        for (const [a, b, count] of records) {
          const key = `${a} ${b}`;
          sums.set(key, [a, b, (sums.get(key)?.[2] ?? 0) + copies * count]);
        }
        expect(found).toEqual([...sums.values()].sort((x, y) => x[1] - y[1] || x[0] - y[0]));
      }),
      { numRuns: 40 },
    );
  });
});

describe('a code book', () => {
  it('has no number further from its value than half the narrowest width that will do', () => {
    const anyNumbers = fc.array(fc.float({ min: -10, max: 0, noNaN: true }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(anyNumbers, fc.integer({ min: 1, max: 12 }), (numbers, size) => {
        const book = codeBook(Float32Array.from(numbers), size);
        expect(book.length).toBeLessThanOrEqual(size);
        const values = [...new Set(Float32Array.from(numbers))].sort((a, b) => a - b);
        const worst = Math.max(...values.map((value) => Math.abs(value - book[nearestCode(book, value)])));
        // Any `size` + 1 numbers, two of them share a value: no book can do better than half the least of the gaps that all must bridge.
        const fits = (width: number) => {
          let used = 0;
          for (let end = Number.NEGATIVE_INFINITY, i = 0; i < values.length; i++)
            if (values[i] > end) {
              used++;
              end = values[i] + width;
            }
          return used <= size;
        };
        expect(fits(2 * worst + 1e-5)).toBe(true);
        if (worst > 1e-4) expect(fits(1.99 * worst - 1e-5)).toBe(false);
      }),
    );
  });
});
