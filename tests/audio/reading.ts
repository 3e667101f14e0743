/** A reader and bytes go in, in pieces as wanted, and all that it finds comes out. */
import { ByteQueue, type Starved } from '@auricle/audio/byte-queue';
import type { PacketGroup, SoundHead, SoundReader } from '@auricle/audio/packet-groups';

/** @param sizes of the pieces, over and over; default all at once */
export function readThrough<Found extends object>(
  open: (queue: ByteQueue) => Generator<Starved | Found, void>,
  bytes: Uint8Array,
  sizes: readonly number[] = [bytes.length],
): Found[] {
  const queue = new ByteQueue();
  const reader = open(queue);
  const found: Found[] = [];
  let at = 0;
  for (let piece = 0; ; ) {
    const { value, done } = reader.next();
    if (done) return found;
    if (value) found.push(value);
    else if (queue.ended) throw new Error('the reader waits for bytes behind the end');
    else if (at >= bytes.length) queue.end();
    else {
      const size = Math.max(1, sizes[piece++ % sizes.length]);
      queue.append(bytes.subarray(at, at + size));
      at += size;
    }
  }
}

/** What the reader of a format finds in a file. */
export function takeApart(
  open: (queue: ByteQueue, source: string) => SoundReader,
  bytes: Uint8Array,
  sizes?: number[],
) {
  const found = readThrough<SoundHead | PacketGroup>((queue) => open(queue, 'a.file'), bytes, sizes);
  const head = found.find((item) => item.kind === 'head')!;
  const groups = found.filter((item) => item.kind === 'packets');
  return { head, groups, packets: groups.flatMap(({ packets }) => packets) };
}
