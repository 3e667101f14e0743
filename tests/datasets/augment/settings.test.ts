import { type AugmentSettings, augmentSchema } from '@auricle/datasets';
import { describe, expect, it } from 'vitest';

const issuesOf = (settings: unknown) =>
  augmentSchema.safeParse(settings).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];

describe('augmentSchema', () => {
  it('needs no more than the names', () => {
    const kinds = [
      ...['speed', 'tempo', 'gain', 'noise', 'whiteNoise', 'simulatedRoom', 'recordedRoom'],
      ...['telephone', 'opus', 'clipping', 'vocalTract', 'specAugment', 'specSub'],
    ];
    const settings: AugmentSettings = augmentSchema.parse(kinds.map((kind) => ({ kind })));
    expect(settings.map(({ kind }) => kind)).toEqual(kinds);
    expect(settings.every(({ probability }) => probability === 1)).toBe(true);
    expect(settings[0]).toEqual({ kind: 'speed', probability: 1, factors: [0.9, 1, 1.1] });
    expect(augmentSchema.parse([])).toEqual([]);
  });

  it.each<[string, object, RegExp]>([
    ['an unknown kind', { kind: 'chorus' }, /^0\.kind/],
    ['an unknown key', { kind: 'telephone', codec: 'GSM' }, /codec/],
    ['a probability beyond 1', { kind: 'gain', probability: 1.5 }, /^0\.probability/],
    ['a factor that nobody could follow', { kind: 'speed', factors: [1, 9] }, /^0\.factors\.1/],
    ['no factors', { kind: 'speed', factors: [] }, /^0\.factors/],
    ['a range the wrong way round', { kind: 'noise', snrDb: [30, 5] }, /^0\.snrDb: expected the smaller number first/],
    ['a range of one', { kind: 'noise', snrDb: [30] }, /^0\.snrDb/],
    ['a room too small for its images', { kind: 'simulatedRoom', sideMetres: [0.1, 3] }, /^0\.sideMetres\.0/],
    ['bit rates that Opus has not', { kind: 'opus', bitsPerSecond: [100, 200] }, /^0\.bitsPerSecond/],
    ['half a mask', { kind: 'specAugment', timeMasks: 0.5 }, /^0\.timeMasks/],
  ])('refuses %s and says where', (_, step, expected) => {
    expect(issuesOf([step]).join('\n')).toMatch(expected);
  });

  it('refuses samples to be changed after frames', () => {
    expect(issuesOf([{ kind: 'specAugment' }, { kind: 'gain' }])).toEqual([
      '1.kind: gain changes samples: expected before specAugment, which changes frames',
    ]);
    expect(issuesOf([{ kind: 'gain' }, { kind: 'specSub' }, { kind: 'specAugment' }])).toEqual([]);
  });
});
