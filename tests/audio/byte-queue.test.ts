import { ByteQueue, bytesThere, skipBytes } from '@auricle/audio/byte-queue';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

/** Bytes 0, 1, 2 … */
const count = (from: number, length: number) => Uint8Array.from({ length }, (_, i) => (from + i) % 256);

describe('ByteQueue', () => {
  it('gives the bytes in order, whatever the pieces and what is taken', () => {
    const anyStep = fc.record({ give: fc.nat({ max: 50 }), take: fc.nat({ max: 50 }) });
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 30 }), (steps) => {
        const queue = new ByteQueue();
        let [given, taken] = [0, 0];
        const kept: [Uint8Array, number][] = [];
        for (const { give, take } of steps) {
          queue.append(count(given, give));
          given += give;
          const bytes = queue.take(take);
          kept.push([bytes, taken]);
          taken += bytes.length;
          expect([queue.position, queue.available]).toEqual([taken, given - taken]);
          expect(bytes.length === take || queue.available === 0).toBe(true);
        }
        // Views keep their contents while the queue goes on.
        for (const [bytes, from] of kept) expect(bytes).toEqual(count(from, bytes.length));
      }),
    );
  });

  it('hands out views of a piece that comes alone', () => {
    const queue = new ByteQueue();
    const piece = count(0, 10);
    queue.append(piece);
    expect(queue.peek(4).buffer).toBe(piece.buffer);
    expect(queue.take(100)).toEqual(piece);
  });

  it('does not copy what waits over and over', () => {
    const queue = new ByteQueue();
    const buffers = new Set<ArrayBufferLike>();
    for (let i = 0; i < 10_000; i++) {
      queue.append(count(i, 1));
      buffers.add(queue.peek(1).buffer);
    }
    expect(buffers.size).toBeLessThan(20);
  });
});

describe('waiting for bytes', () => {
  it('goes on when they are there, or when they will not come', () => {
    const queue = new ByteQueue();
    const wait = bytesThere(queue, 3);
    expect(wait.next()).toEqual({ done: false, value: undefined });
    queue.append(count(0, 2));
    expect(wait.next().done).toBe(false);
    queue.append(count(2, 1));
    expect(wait.next()).toEqual({ done: true, value: true });
    queue.end();
    expect(bytesThere(queue, 4).next()).toEqual({ done: true, value: false });
  });

  it('skips bytes as they come', () => {
    const queue = new ByteQueue();
    const skip = skipBytes(queue, 5);
    queue.append(count(0, 3));
    expect(skip.next().done).toBe(false);
    expect(queue.available).toBe(0);
    queue.append(count(3, 4));
    expect(skip.next()).toEqual({ done: true, value: true });
    expect(queue.peek(9)).toEqual(count(5, 2));
    queue.end();
    expect(skipBytes(queue, 3).next()).toEqual({ done: true, value: false });
  });
});
