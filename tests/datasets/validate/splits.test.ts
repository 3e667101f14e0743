import { hash64 } from '@auricle/datasets/validate/repeats';
import { distinctNames, speakerOverlaps, splitOf } from '@auricle/datasets/validate/splits';
import { describe, expect, it } from 'vitest';

describe('splitOf', () => {
  it.each([
    ['/data/train.jsonl', 'train'],
    ['train-clean-100.jsonl', 'train'],
    ['x/Dev_other.json', 'dev'],
    ['test.jsonl', 'test'],
    ['2024.jsonl', '2024'],
  ])('%s is of split %s', (path, split) => {
    expect(splitOf(path)).toBe(split);
  });
});

describe('speakerOverlaps', () => {
  it('names the speakers of every two splits that share some, over all manifests of a split', () => {
    const of = (...names: string[]) => BigUint64Array.from(names, hash64);
    const overlaps = speakerOverlaps(
      new Map([
        ['test', [of('x')]],
        ['dev', [of('a', 'b'), of('c')]],
        ['train', [of('d', 'd'), of('c', 'a', 'a')]],
      ]),
    );
    expect(overlaps.map(({ splits }) => splits)).toEqual([['dev', 'train']]);
    expect(new Set(overlaps[0].speakers)).toEqual(new Set(of('a', 'c')));
  });
});

describe('distinctNames', () => {
  it.each([
    [['/a/train.jsonl'], ['train']],
    [
      ['/a/train.jsonl', '/a/dev.jsonl'],
      ['train', 'dev'],
    ],
    [
      ['/c/x/train.jsonl', '/c/y/train.jsonl'],
      ['x-train', 'y-train'],
    ],
    [
      ['/c/x/train.jsonl', '/d/x/train.jsonl'],
      ['c-x-train', 'd-x-train'],
    ],
    [
      ['/c/train.jsonl', '/c/train.json'],
      ['1-train', '2-train'],
    ],
  ])('%j are called %j', (paths, names) => {
    expect(distinctNames(paths)).toEqual(names);
  });
});
