import { decodeAudio } from '@auricle/audio';
import { readWebm } from '@auricle/audio/formats/webm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codecBytes } from '../codecs.js';
import { block, cluster, element, segment, simpleBlock, track, tracks } from '../ebml-bytes.js';
import { oggPackets, opusHead } from '../ogg-bytes.js';
import { takeApart } from '../reading.js';
import { refusalOfBytes, sameSamples } from '../refusal.js';
import { quietAndAlone } from '../surroundings.js';

quietAndAlone();

const [head, , ...sound] = oggPackets(codecBytes('hybrid.opus'));
const opusTrack = track({ codecPrivate: head });
const decode = async (bytes: Uint8Array) => (await decodeAudio(bytes, 'a.webm')).samples;
const packetsIn = (bytes: Uint8Array) => takeApart(readWebm, bytes).packets.map((packet) => [...packet]);
const plain = (packets: readonly Uint8Array[]) => packets.map((packet) => [...packet]);

const blocks = sound.map((packet) => simpleBlock(packet));
const good = segment([tracks(opusTrack), cluster(blocks.slice(0, 5)), cluster(blocks.slice(5))]);

describe('readWebm', () => {
  it('finds the packets of a file and of a live stream, whose sizes are not known', () => {
    expect(packetsIn(good)).toEqual(plain(sound));
    const live = segment(
      [tracks(opusTrack), cluster(blocks.slice(0, 5), 'unknown'), cluster(blocks.slice(5), 'unknown')],
      'unknown',
    );
    expect(packetsIn(live)).toEqual(plain(sound));
  });

  it('reads what a browser has recorded', () => {
    const { head, groups } = takeApart(readWebm, codecBytes('recorded.webm'));
    expect(head).toMatchObject({ format: 'WebM Opus', sampleRate: 48_000, channels: 1 });
    expect(groups.every(({ packets, samples }) => packets.length === 1 && samples === 2880)).toBe(true);
  });

  it('steps over everything else: indexes, tags, other tracks, further elements', () => {
    const video = track({ codec: 'V_VP9', trackNumber: 2 });
    const later = track({ codecPrivate: opusHead(), trackNumber: 3 });
    const others = [
      element(0xec, new Uint8Array(500)),
      simpleBlock(new Uint8Array(900), { track: 2 }),
      element(0xa0, element(0xa1, block(new Uint8Array(30), { track: 3 }))),
      element(0xa0, [element(0x9b, Uint8Array.of(20)), element(0xa1, block(new Uint8Array(30), { track: 2 }))]),
    ];
    const mixed = blocks.flatMap((soundBlock) => [...others, soundBlock]);
    const bytes = segment([
      element(0x114d9b74, new Uint8Array(60)),
      tracks(video, opusTrack, later),
      cluster(mixed),
      element(0x1c53bb6b, new Uint8Array(9)),
    ]);
    expect(packetsIn(bytes)).toEqual(plain(sound));
  });

  it('cuts blocks that hold several packets, laced in each way', () => {
    const three = [sound[0].subarray(0, 9), sound[1], sound[2].subarray(0, 20)];
    const [a, b] = three.map(({ length }) => length);
    const laced = (lacing: number, sizes: number[], packets: readonly Uint8Array[] = three) =>
      packetsIn(segment([tracks(opusTrack), cluster([simpleBlock(Buffer.concat(packets), { lacing, sizes })])]));
    expect(b).toBeLessThan(255);
    expect(laced(1, [2, a, b])).toEqual(plain(three));
    const equal = three.map((packet) => packet.subarray(0, 9));
    expect(laced(2, [2], equal)).toEqual(plain(equal));
    // A size, then a difference in two bytes around 2^13 - 1.
    const difference = b - a + 2 ** 13 - 1;
    expect(laced(3, [2, 0x80 | a, 0x40 | (difference >> 8), difference & 255])).toEqual(plain(three));
    const long = new Uint8Array(600).fill(7);
    expect(laced(1, [1, 255, 255, 90], [long, a > 0 ? three[0] : long])).toEqual(plain([long, three[0]]));
  });

  it('leaves out the padding that a block group states', async () => {
    const last = element(0xa0, [element(0xa1, block(sound.at(-1)!)), element(0x75a2, Uint8Array.of(0x5b, 0x8d, 0x80))]);
    const bytes = segment([tracks(opusTrack), cluster([...blocks.slice(0, -1), last])]);
    const whole = await decode(good);
    // 6 ms
    expect(sameSamples(await decode(bytes), whole.subarray(0, -288))).toBe(true);
  });

  it('decodes to the same samples as Ogg Opus', async () => {
    const ogg = (await decodeAudio(codecBytes('hybrid.opus'), 'a.opus')).samples;
    expect(sameSamples((await decode(good)).subarray(0, ogg.length), ogg)).toBe(true);
  });

  it.each<[string, Uint8Array, string, string]>([
    ['it has no tracks', segment([cluster(blocks)]), 'AUR_AUDIO_TRUNCATED', 'it has no WebM tracks'],
    ['it has tracks but no sound', segment([tracks(opusTrack)]), 'AUR_AUDIO_EMPTY', 'holds no samples'],
    [
      'its tracks are of other codecs',
      segment([tracks(track({ codec: 'V_VP8' }), track({ codec: 'A_VORBIS' })), cluster(blocks)]),
      'AUR_AUDIO_ENCODING',
      'WebM with V_VP8, A_VORBIS: expected an Opus track',
    ],
    [
      'its track is encrypted',
      segment([tracks(track({ codecPrivate: head, more: [element(0x6d80, new Uint8Array(3))] })), cluster(blocks)]),
      'AUR_AUDIO_ENCODING',
      'encrypted or compressed A_OPUS',
    ],
    [
      'its track has no OpusHead',
      segment([tracks(track({})), cluster(blocks)]),
      'AUR_AUDIO_DAMAGED',
      'its OpusHead has 0 bytes',
    ],
    ['an element is cut', good.subarray(0, -30), 'AUR_AUDIO_TRUNCATED', 'element at byte \\d+ is not whole'],
    [
      'the segment ends early',
      segment([tracks(opusTrack), cluster(blocks, 'unknown')], 5000),
      'AUR_AUDIO_TRUNCATED',
      'its WebM segment claims \\d+ bytes more',
    ],
    [
      'something else stands between elements',
      segment([tracks(opusTrack), cluster(blocks), new Uint8Array(50)]),
      'AUR_AUDIO_DAMAGED',
      'no element at byte',
    ],
    [
      'a block claims 4 GB',
      segment([tracks(opusTrack), element(0xa3, block(sound[0]), 2 ** 32)], 'unknown'),
      'AUR_AUDIO_DAMAGED',
      'claims 4294967296 bytes, expected at most 1048576',
    ],
    [
      'a tag claims 4 GB',
      segment([tracks(opusTrack), element(0x1254c367, block(sound[0]), 2 ** 32)], 'unknown'),
      'AUR_AUDIO_TRUNCATED',
      'is not whole',
    ],
    [
      'a block has no size',
      segment([tracks(opusTrack), element(0xa3, block(sound[0]), 'unknown')]),
      'AUR_AUDIO_DAMAGED',
      'has no size',
    ],
    [
      'laces are longer than their block',
      segment([tracks(opusTrack), cluster([simpleBlock(sound[0], { lacing: 1, sizes: [1, 255, 255, 255, 9] })])]),
      'AUR_AUDIO_DAMAGED',
      'the block at byte \\d+ contradicts itself',
    ],
    [
      'tracks come twice',
      segment([tracks(opusTrack), cluster(blocks), tracks(opusTrack)]),
      'AUR_AUDIO_DAMAGED',
      'further tracks',
    ],
    [
      'a packet does not decode',
      segment([tracks(opusTrack), cluster([blocks[0], simpleBlock(Uint8Array.of(0xff))])]),
      'AUR_AUDIO_DAMAGED',
      'WebM Opus cannot be decoded: .*corrupted',
    ],
  ])('refuses a file where %s', async (_, bytes, code, message) => {
    await expect(decode(bytes)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(new RegExp(`^a\\.webm: .*${message}`)),
    });
  });

  it('answers any row of elements with samples or a coded error', async () => {
    const anyContent = fc.oneof(
      fc.uint8Array({ maxLength: 30 }),
      fc.constantFrom(...sound.map((packet) => block(packet)), opusTrack, head),
    );
    const anyElement = fc
      .record({
        id: fc.constantFrom(0x18538067, 0x1f43b675, 0x1654ae6b, 0xae, 0xa0, 0xa1, 0xa3, 0x75a2, 0xec),
        content: anyContent,
        claimed: fc.constantFrom(undefined, undefined, 0, 1, 2 ** 32, 2 ** 52, 'unknown' as const),
      })
      .map(({ id, content, claimed }) => element(id, content, claimed));
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.array(anyElement, { maxLength: 5 }), async (hasTracks, elements) => {
        const bytes = segment([...(hasTracks ? [tracks(opusTrack)] : []), ...elements], 'unknown');
        await refusalOfBytes(bytes);
      }),
      { numRuns: 500 },
    );
  });
});
