import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FeatureCache } from '@auricle/datasets/feature-cache';
import { Random } from '@auricle/datasets/random';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let folder: string;
let open: FeatureCache[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'auricle-cache-'));
  open = [];
});
afterEach(() => {
  for (const cache of open) cache.close();
  rmSync(folder, { recursive: true });
});

function cacheOf(writer = 'w', version = '1'): FeatureCache {
  const cache = new FeatureCache(folder, writer, version);
  open.push(cache);
  return cache;
}

/** Values as log-mel frames have them. */
function frames(count: number, seed: number): Float32Array {
  const random = new Random(seed);
  return Float32Array.from({ length: count * 80 }, () => -15.94 + 27 * random.uniform());
}

describe('FeatureCache', () => {
  it('gives back what was written, within a quarter of a thousandth of a nat, now and after reopening', () => {
    const features = frames(123, 1);
    const first = cacheOf();
    const written = first.write('a', features);
    expect(written.every((v, i) => Math.abs(v - features[i]) <= 1 / 4096 + 1e-6)).toBe(true);
    expect(first.read('a')).toEqual(written);
    first.close();
    expect(cacheOf().read('a')).toEqual(written);
    expect(cacheOf().read('b')).toBeUndefined();
  });

  it('changes nothing when what it gave is written again', () => {
    const once = cacheOf().write('a', frames(9, 2));
    expect(cacheOf('other').write('a', once)).toEqual(once);
  });

  it('clips what is beyond ±16 nats', () => {
    expect([...cacheOf().write('a', Float32Array.of(-100, 100, 0))]).toEqual([-16, 32767 / 2048, 0]);
  });

  it('lets several writers write at a time, and later readers read all', () => {
    const [one, two] = [cacheOf('one'), cacheOf('two')];
    const expected = new Map<string, Float32Array>();
    for (let i = 0; i < 20; i++)
      for (const [name, cache] of [
        ['one', one],
        ['two', two],
      ] as const)
        expected.set(`${name} ${i}`, cache.write(`${name} ${i}`, frames(1 + i, i)));
    const reader = cacheOf('three');
    expect(reader.size).toBe(40);
    for (const [key, features] of expected) expect(reader.read(key)).toEqual(features);
  });

  it('refuses a folder of another version, naming both', () => {
    cacheOf('w', 'fbank 1');
    expect(() => new FeatureCache(folder, 'w', 'fbank 2')).toThrow(
      expect.objectContaining({ code: 'AUR_CACHE_VERSION', message: expect.stringMatching(/fbank 1.*fbank 2/) }),
    );
  });

  it('loses no more than the last entry, whatever byte a killed run ended at', () => {
    const before = cacheOf();
    const written = Array.from({ length: 5 }, (_, i) => before.write(`${i}`, frames(3 + i, i)));
    before.close();
    const files = readdirSync(folder).filter((name) => name !== 'version.txt');
    const whole = files.map((name) => readFileSync(join(folder, name)));
    fc.assert(
      fc.property(fc.constantFrom(...files), fc.double({ min: 0, max: 1, noNaN: true }), (file, share) => {
        files.forEach((name, i) => {
          writeFileSync(join(folder, name), whole[i]);
        });
        const size = whole[files.indexOf(file)].length;
        const left = Math.floor(share * size);
        truncateSync(join(folder, file), left);
        const cache = new FeatureCache(folder, 'w', '1');
        const kept = written.filter((features, i) => {
          const found = cache.read(`${i}`);
          if (found) expect(found).toEqual(features);
          return found !== undefined;
        });
        // Entries lie in the order of writing: all before the cut are there.
        expect(kept.length).toBeGreaterThanOrEqual(Math.floor((left / size) * 5 - 2));
        const again = cache.write('new', frames(2, 9));
        expect(cache.read('new')).toEqual(again);
        cache.close();
        for (const name of readdirSync(folder))
          if (!files.includes(name) && name !== 'version.txt') rmSync(join(folder, name));
      }),
      { numRuns: 60 },
    );
  });

  it('does not give frames whose bytes were altered', () => {
    const cache = cacheOf();
    cache.write('a', frames(5, 1));
    cache.close();
    const shard = join(folder, readdirSync(folder).find((name) => name.endsWith('.shard'))!);
    const bytes = readFileSync(shard);
    bytes[100] ^= 1;
    writeFileSync(shard, bytes);
    expect(cacheOf().read('a')).toBeUndefined();
  });

  it('passes over lines of an index that are none', () => {
    const cache = cacheOf();
    const written = cache.write('a', frames(5, 1));
    cache.close();
    appendFileSync(join(folder, 'w-00000.index'), '["b",0,\nnull\n["c",-5,1e99,3]\n{"d":1}\n');
    const reader = cacheOf();
    expect(reader.read('a')).toEqual(written);
    for (const key of ['b', 'c', 'd']) expect(reader.read(key)).toBeUndefined();
  });
});
