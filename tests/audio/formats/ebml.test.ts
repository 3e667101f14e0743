import { ByteQueue } from '@auricle/audio/byte-queue';
import { readElementHeader, readElements, readInt, readUint, readVint, vintLength } from '@auricle/audio/formats/ebml';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { element } from '../ebml-bytes.js';

function header(bytes: Uint8Array) {
  const queue = new ByteQueue();
  queue.append(bytes);
  queue.end();
  return readElementHeader(queue).next().value;
}

describe('numbers of variable length', () => {
  it('state their own length by their leading zeros', () => {
    expect([0x80, 0x40, 0x20, 0x10, 0x08, 0x04, 0x02, 0x01, 0x00].map(vintLength)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(readVint(Uint8Array.of(0x81))).toBe(1);
    expect(readVint(Uint8Array.of(0x41, 0x02))).toBe(258);
    expect(readVint(Uint8Array.of(0x01, 0, 0, 0, 0, 0, 1, 0))).toBe(256);
  });

  it('are unknown where all bits are set', () => {
    expect(readVint(Uint8Array.of(0xff))).toBeUndefined();
    expect(readVint(Uint8Array.of(0x01, ...Array(7).fill(255)))).toBeUndefined();
    expect(readVint(Uint8Array.of(0x7f, 0xfe))).toBe(0x3ffe);
  });

  it('of fixed length are big-endian, signed or not', () => {
    expect(readUint(Uint8Array.of(1, 0, 2))).toBe(0x10002);
    expect(readUint(new Uint8Array(0))).toBe(0);
    expect(readInt(Uint8Array.of(0xff, 0x00))).toBe(-256);
    expect(readInt(Uint8Array.of(0x7f))).toBe(127);
    expect(readInt(new Uint8Array(0))).toBe(0);
  });
});

describe('elements', () => {
  it('are told by id and size', () => {
    expect(header(Uint8Array.of(0x1a, 0x45, 0xdf, 0xa3, 0x9f))).toEqual({ id: 0x1a45dfa3, size: 31 });
    expect(header(element(0xa3, new Uint8Array(5), 'unknown'))).toEqual({ id: 0xa3, size: undefined });
  });

  it('are none where id or size are too long, and cut where the bytes end', () => {
    expect(header(Uint8Array.of(0x08, 0, 0, 0, 0))).toBe('no element');
    expect(header(Uint8Array.of(0xa3, 0x00, 1, 2, 3, 4, 5, 6, 7, 8))).toBe('no element');
    const whole = element(0x1a45dfa3, new Uint8Array(0));
    for (let length = 0; length < whole.length; length++) expect(header(whole.subarray(0, length))).toBe('cut');
  });

  it('in an element are found again, or refused as a whole', () => {
    const anyElement = fc.record({
      id: fc.constantFrom(0xa3, 0xe7, 0x63a2, 0x1654ae6b),
      content: fc.uint8Array({ maxLength: 40 }),
    });
    fc.assert(
      fc.property(fc.array(anyElement, { maxLength: 6 }), fc.nat({ max: 5 }), (elements, cut) => {
        const bytes = Buffer.concat(elements.map(({ id, content }) => element(id, content)));
        expect(readElements(bytes)?.map(({ id, content }) => ({ id, content: new Uint8Array(content) }))).toEqual(
          elements,
        );
        if (cut > 0 && bytes.length > cut && (elements.at(-1)?.content.length ?? 0) + 9 > cut)
          expect(readElements(bytes.subarray(0, -cut))).toBeUndefined();
      }),
    );
    expect(readElements(element(0xa3, new Uint8Array(3), 'unknown'))).toBeUndefined();
  });
});
