/** The parts of the admission layer by themselves: keys, tokens, addresses, origins, rates, meters. */
import type { IncomingMessage } from 'node:http';
import { hashKey, type KeyRecord, KeyRing, newKey, parseKeyFile, parseKeyList } from '@auricle/serving';
import { callerAddress, proxyList } from '@auricle/serving/admission/addresses';
import { Admission } from '@auricle/serving/admission/admission';
import { defaultCredentials } from '@auricle/serving/admission/credentials';
import { DEFAULT_LIMITS } from '@auricle/serving/admission/limits';
import { isOriginAllowed } from '@auricle/serving/admission/origins';
import { StreamMeter } from '@auricle/serving/admission/stream-meter';
import { TokenBuckets } from '@auricle/serving/admission/token-buckets';
import { isToken, TokenMint } from '@auricle/serving/admission/tokens';
import { UsageCounters } from '@auricle/serving/admission/usage';
import { PartialLatency } from '@auricle/serving/metrics/partial-latency';
import { traceOf } from '@auricle/serving/trace';
import { describe, expect, it } from 'vitest';

const record = (name: string, key: string, more: Partial<KeyRecord> = {}): KeyRecord => ({
  name,
  sha256: hashKey(key),
  created: '2026-01-01T00:00:00.000Z',
  limits: {},
  archive: 'nothing',
  ...more,
});
const request = (headers: Record<string, string> = {}, remoteAddress = '203.0.113.9') =>
  ({ headers, socket: { remoteAddress } }) as unknown as IncomingMessage;
const code = (expected: string) => expect.objectContaining({ code: expected });

describe('keys', () => {
  it('are found by their hash alone, and only whole', () => {
    const [a, b] = [newKey(), newKey()];
    const ring = new KeyRing([record('a', a), record('b', b)]);
    expect(ring.find(b).name).toBe('b');
    for (const wrong of ['', a.slice(0, -1), `${a}x`, a.toUpperCase(), hashKey(a)])
      expect(() => ring.find(wrong)).toThrow(code('AUR_ACCESS_KEY'));
  });

  it('expire at their time', () => {
    const ring = new KeyRing([record('a', 'key', { expires: '2026-06-01T00:00:00.000Z' })]);
    const time = Date.parse('2026-06-01T00:00:00.000Z');
    expect(ring.find('key', time - 1).name).toBe('a');
    expect(() => ring.find('key', time)).toThrow(code('AUR_ACCESS_EXPIRED'));
  });

  it.each([
    ['{', 'JSON'],
    ['{"version":2,"keys":[]}', 'version'],
    ['{"version":1,"keys":[{"name":"a","sha256":"00","created":"2026-01-01T00:00:00Z"}]}', 'keys.0.sha256'],
    [JSON.stringify({ version: 1, keys: [record('a', 'x'), record('a', 'y')] }), 'each name once'],
  ])('of a file that says %s are refused', (text, seen) => {
    expect(() => parseKeyFile(text, 'keys.json')).toThrow(code('AUR_ACCESS_CONFIG'));
    expect(() => parseKeyFile(text, 'keys.json')).toThrow(seen);
  });

  it('come from an environment variable too, and errors do not quote them', () => {
    const ring = new KeyRing(parseKeyList('app:a-key-long-enough-to-be-one, b:another:key-with-a-colon-in-it', 'KEYS'));
    expect(ring.find('a-key-long-enough-to-be-one').name).toBe('app');
    expect(ring.find('another:key-with-a-colon-in-it').name).toBe('b');
    expect(() => parseKeyList('app:short-secret', 'KEYS')).toThrow(/^(?!.*short-secret).*at least 20/);
    expect(() => parseKeyList('a-secret-without-a-name', 'KEYS')).toThrow(/^(?!.*secret).*name:key/);
  });
});

describe('tokens', () => {
  const SECRET = 'x'.repeat(32);

  it('are good for one stream, until they expire, at every node that knows the secret', async () => {
    const now = Date.parse('2026-05-05T12:00:00Z');
    const { token, expiresAt } = await new TokenMint(SECRET, 60).mint('app', now);
    expect(isToken(token)).toBe(true);
    expect(expiresAt).toBe('2026-05-05T12:01:00.000Z');
    const node = new TokenMint(SECRET, 60);
    expect(await node.redeem(token, now + 59_000)).toBe('app');
    await expect(node.redeem(token, now + 59_000)).rejects.toMatchObject({ code: 'AUR_ACCESS_SPENT' });
    await expect(new TokenMint(SECRET, 60).redeem(token, now + 60_000)).rejects.toMatchObject({
      code: 'AUR_ACCESS_EXPIRED',
    });
  });

  it('are refused when they are of another secret, unsigned, or changed', async () => {
    const mint = new TokenMint(SECRET, 60);
    const { token } = await mint.mint('app');
    const [head, body, signature] = token.split('.');
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString());
    for (const forged of [
      (await new TokenMint('y'.repeat(32), 60).mint('app')).token,
      `${encode({ alg: 'none' })}.${body}.${signature}`,
      `${encode({ alg: 'none' })}.${body}.`,
      `${head}.${encode({ ...claims, sub: 'admin' })}.${signature}`,
      `${head}.${encode({ ...claims, exp: claims.exp + 9e6 })}.${signature}`,
    ])
      await expect(mint.redeem(forged)).rejects.toMatchObject({ code: 'AUR_ACCESS_TOKEN' });
    expect(await mint.redeem(token)).toBe('app');
  });

  it('need a secret that is worth one', () => {
    expect(() => new TokenMint('short', 60)).toThrow(code('AUR_ACCESS_CONFIG'));
  });
});

describe('credentials', () => {
  const read = (path: string, headers: Record<string, string> = {}) =>
    defaultCredentials(new URL(path, 'http://x'), request(headers));

  it('come from the Authorization header; a token also from the query, a key never', () => {
    expect(read('/', { authorization: 'Bearer abc' })).toBe('abc');
    expect(read('/', { authorization: 'token  abc ' })).toBe('abc');
    expect(read('/', { authorization: 'Basic abc' })).toBe('');
    expect(read('/?token=eyJh.eyJz.c2ln')).toBe('eyJh.eyJz.c2ln');
    expect(read('/?token=aur_key')).toBe(undefined);
    expect(read('/')).toBe(undefined);
  });
});

describe('the caller’s address', () => {
  const proxies = proxyList(['10.0.0.0/8', '::1']);
  it.each([
    ['203.0.113.9', undefined, '203.0.113.9'],
    ['::ffff:203.0.113.9', undefined, '203.0.113.9'],
    // Whoever is no proxy may claim what it likes.
    ['203.0.113.9', '198.51.100.1', '203.0.113.9'],
    ['10.1.2.3', '198.51.100.1', '198.51.100.1'],
    // A client's own claim stands before what the proxy adds.
    ['10.1.2.3', '1.1.1.1, 198.51.100.1, 10.9.9.9', '198.51.100.1'],
    ['::1', 'junk', '0:0:0:0::/64'],
    ['2001:db8::1', undefined, '2001:db8:0:0::/64'],
    ['2001:db8:0:0:ffff::2', undefined, '2001:db8:0:0::/64'],
  ])('of a connection from %s that forwards for %s is %s', (peer, forwarded, expected) => {
    const headers: Record<string, string> = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
    expect(callerAddress(request(headers, peer), proxies)).toBe(expected);
  });

  it('needs proxies that are addresses', () => {
    expect(() => proxyList(['load-balancer'])).toThrow(code('AUR_ACCESS_CONFIG'));
  });
});

it.each([
  [undefined, [], true],
  ['http://service:8080', [], true],
  ['https://evil.example', [], false],
  ['http://service:8081', [], false],
  ['null', [], false],
  ['https://app.example', ['https://app.example'], true],
  ['https://app.example.evil.com', ['https://app.example'], false],
  ['https://evil.example', ['*'], true],
])('an origin of %s where %j are allowed: %s', (origin, allowed, expected) => {
  const headers: Record<string, string> = origin === undefined ? {} : { origin };
  expect(isOriginAllowed(request({ host: 'service:8080', ...headers }), allowed)).toBe(expected);
});

describe('rates', () => {
  it('let a burst through, then so many a second, each sender for itself', () => {
    let now = 0;
    const buckets = new TokenBuckets({ perSecond: 2, burst: 3 }, () => now);
    const taken = (sender: string) => [1, 2, 3, 4].filter(() => buckets.take(sender)).length;
    expect(taken('a')).toBe(3);
    expect(taken('b')).toBe(3);
    now = 1000;
    expect(taken('a')).toBe(2);
    now = 1e9;
    expect(taken('a')).toBe(3);
  });

  it('take bounded memory in a flood from many addresses', () => {
    const buckets = new TokenBuckets({ perSecond: 1, burst: 1 }, () => 0);
    for (let i = 0; i < 60_000; i++) buckets.take(`sender ${i}`);
    // The first are forgotten, the last are not.
    expect(buckets.take('sender 0')).toBe(true);
    expect(buckets.take('sender 59999')).toBe(false);
  });
});

describe('the meter of a stream', () => {
  const limits = { audioRate: 2, audioBurstSeconds: 10, streamSeconds: 100 };
  const nobody = { key: undefined, usage: undefined };

  it('lets a burst come at once, and after that twice real time', () => {
    let now = 5000;
    const meter = new StreamMeter(limits, nobody, () => now);
    meter.add(10);
    expect(meter.waitMs).toBe(0);
    meter.add(4);
    expect(meter.waitMs).toBe(2000);
    now += 1500;
    expect(meter.waitMs).toBe(500);
    now += 500;
    expect(meter.waitMs).toBe(0);
  });

  it('ends a stream that is too long, and one whose key has no audio left today', () => {
    const meter = new StreamMeter(limits, nobody);
    meter.add(99);
    expect(() => meter.add(2)).toThrow(code('AUR_LIMIT_LENGTH'));
    const usage = new UsageCounters().of('a');
    const key = record('a', 'k', { limits: { audioHoursPerDay: 0.01 } });
    const metered = new StreamMeter(limits, { key, usage });
    metered.add(36);
    expect(() => metered.add(1)).toThrow(code('AUR_LIMIT_KEY_AUDIO'));
    expect(usage.audioSecondsToday).toBe(37);
  });

  it('counts a day anew at midnight UTC', () => {
    let now = Date.parse('2026-05-05T23:59:59Z');
    const counters = new UsageCounters(() => now);
    counters.of('a').audioSecondsToday += 5;
    counters.of('a').audioSeconds += 5;
    now += 2000;
    expect(counters.of('a')).toMatchObject({ audioSecondsToday: 0, audioSeconds: 5 });
  });
});

describe('admission', () => {
  const admission = (more: object = {}, keys: KeyRecord[] | undefined = undefined) =>
    new Admission({
      limits: { ...DEFAULT_LIMITS, ...more },
      keys: keys && new KeyRing(keys),
      tokenSecret: undefined,
      tokenSeconds: 60,
      origins: [],
      trustedProxies: [],
    });
  const from = (address: string) => request({}, address);

  it('counts in all, by address and by key, and gives back what is released', async () => {
    const layer = admission({ connections: 3, perAddress: 2 }, [
      record('a', 'ka', { limits: { streams: 1 } }),
      record('b', 'kb'),
    ]);
    const first = await layer.admit(from('1.1.1.1'), 'ka', 'recognition');
    await expect(layer.admit(from('2.2.2.2'), 'ka', 'recognition')).rejects.toMatchObject({
      code: 'AUR_LIMIT_KEY_STREAMS',
    });
    await layer.admit(from('1.1.1.1'), 'kb', 'recognition');
    await expect(layer.admit(from('1.1.1.1'), 'kb', 'recognition')).rejects.toMatchObject({
      code: 'AUR_LIMIT_ADDRESS',
    });
    await layer.admit(from('2.2.2.2'), 'kb', 'recognition');
    await expect(layer.admit(from('3.3.3.3'), 'kb', 'recognition')).rejects.toMatchObject({
      code: 'AUR_LIMIT_CONNECTIONS',
    });
    expect(layer.usage.of('a').refused).toBe(1);
    first.release();
    first.release();
    expect(layer.openPasses).toBe(2);
    await layer.admit(from('3.3.3.3'), 'ka', 'recognition');
  });

  it('lets in all at once no more than one at a time', async () => {
    const layer = admission({ connections: 10 });
    const all = await Promise.allSettled(
      Array.from({ length: 50 }, () => layer.admit(from('1.1.1.1'), undefined, 'recognition')),
    );
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
  });

  it('asks for a key where there are keys, and lets nobody in where there is an empty list of them', async () => {
    await expect(admission({}, []).admit(from('1.1.1.1'), undefined, 'recognition')).rejects.toMatchObject({
      code: 'AUR_ACCESS_MISSING',
    });
    await expect(admission({}, []).admit(from('1.1.1.1'), 'key', 'recognition')).rejects.toMatchObject({
      code: 'AUR_ACCESS_KEY',
    });
  });

  it('takes no token of a key that was taken back, and none where a key is due', async () => {
    const layer = admission({}, [record('a', 'ka')]);
    const pass = await layer.admit(from('1.1.1.1'), 'ka', 'account');
    const [one, two] = [await layer.mintFor(pass), await layer.mintFor(pass)];
    await expect(layer.admit(from('1.1.1.1'), one.token, 'account')).rejects.toMatchObject({
      code: 'AUR_ACCESS_NEEDS_KEY',
    });
    expect((await layer.admit(from('1.1.1.1'), one.token, 'recognition')).key?.name).toBe('a');
    layer.setKeys(new KeyRing([]));
    await expect(layer.admit(from('1.1.1.1'), two.token, 'recognition')).rejects.toMatchObject({
      code: 'AUR_ACCESS_KEY',
    });
  });
});

describe('trace ids', () => {
  const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
  it('go on from the caller’s, and are made anew where those are none', () => {
    const ids = traceOf(request({ traceparent: `00-${TRACE}-00f067aa0ba902b7-01` }));
    expect(ids).toMatchObject({ trace_id: TRACE, parent_span_id: '00f067aa0ba902b7' });
    expect(ids.span_id).toMatch(/^[0-9a-f]{16}$/);
    for (const wrong of ['', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, `ff-${TRACE}-00f067aa0ba902b7-01`, 'x\n'])
      expect(traceOf(request({ traceparent: wrong }))).toEqual({
        trace_id: expect.not.stringContaining(TRACE),
        span_id: expect.stringMatching(/^[0-9a-f]{16}$/),
      });
  });
});

it('knows when the audio of a word arrived', () => {
  const latency = new PartialLatency();
  for (let i = 1; i <= 50; i++) latency.arrived(0.02, 20 * i);
  expect(latency.of(0.5, 1000)).toBeGreaterThanOrEqual(400);
  expect(latency.of(0.5, 1000)).toBeLessThanOrEqual(500);
  expect(latency.of(1, 1010)).toBe(10);
  expect(latency.of(1.2, 1010)).toBe(undefined);
});
