/** Names of results and ids of jobs. */
import { jobId, resultName, type Source } from '@auricle/batch';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

describe('the name of a result', () => {
  it.each<[Exclude<Source, { upload: string }>, number | undefined, number | undefined, string]>([
    [{ file: 'a/b.wav' }, undefined, undefined, 'a/b.wav'],
    [{ file: 'a/b.wav' }, 2.5, undefined, 'a/b.wav@2.5'],
    [{ file: 'a/b.wav' }, 2.5, 4, 'a/b.wav@2.5-4'],
    [{ file: 'me@home.wav' }, undefined, undefined, 'me@@home.wav'],
    [{ url: 'https://example.com/a/b.mp3' }, undefined, undefined, '@example.com/a/b.mp3'],
    [{ url: 'http://example.com:81/b.mp3' }, undefined, undefined, '@http@example.com@81/b.mp3'],
    [{ url: 's3://archive/2024/b.flac' }, 1, 2, '@s3@archive/2024/b.flac@1-2'],
    [{ url: 'https://example.com/a/../../b' }, undefined, undefined, '@example.com/b'],
    [{ url: 's3://archive/../b' }, undefined, undefined, '@s3@archive/..@/b'],
  ])('of %j from %s for %s is %s', (source, offset, duration, name) => {
    expect(resultName(source, offset, duration)).toBe(name);
  });

  it('of an address with a query, or with parts that no file system takes, ends in a hash', () => {
    const name = (url: string) => resultName({ url });
    expect(name('https://example.com/a?b=1')).toMatch(/^@example\.com\/a\/@[0-9a-f]{16}$/);
    expect(name('https://example.com/a?b=1')).not.toBe(name('https://example.com/a?b=2'));
    expect(name(`https://example.com/${'x'.repeat(300)}`)).toMatch(/^@example\.com\/@[0-9a-f]{16}$/);
  });

  it('is another for every other source and part, and stays in its folder', () => {
    const file = fc
      .array(
        fc.stringMatching(/^[a-z@.-]{1,6}$/).filter((part) => !/^\.+$/.test(part)),
        { minLength: 1, maxLength: 3 },
      )
      .map((parts): Source => ({ file: parts.join('/') }));
    const url = fc.webUrl({ withQueryParameters: true }).map((address): Source => ({ url: new URL(address).href }));
    const part = fc.option(fc.tuple(fc.nat(99), fc.option(fc.nat(99), { nil: undefined })), { nil: undefined });
    const any = fc.tuple(fc.oneof(file, url) as fc.Arbitrary<Exclude<Source, { upload: string }>>, part);
    fc.assert(
      fc.property(any, any, (a, b) => {
        const [[one, partOne], [other, partOther]] = [a, b];
        const [first, second] = [resultName(one, ...(partOne ?? [])), resultName(other, ...(partOther ?? []))];
        for (const name of [first, second]) expect(name.split('/')).not.toContain('..');
        const isSame = JSON.stringify(a) === JSON.stringify(b);
        expect(first === second).toBe(isSame);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the id of a job', () => {
  it('is that of its source and part', () => {
    const id = jobId({ source: { file: 'a.wav' } });
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(jobId({ source: { file: 'a.wav' } })).toBe(id);
    expect(jobId({ source: { url: 'a.wav' } })).not.toBe(id);
    expect(jobId({ source: { file: 'a.wav' }, offset: 0 })).not.toBe(id);
  });
});
