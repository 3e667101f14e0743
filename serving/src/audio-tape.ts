/** Packets of one stream's audio go in, pieces of it come out, whole or joined, as often as they are needed until they are let go. Each byte is copied
 *  once, into memory that threads share. */

/** Small packets are put together in pieces of memory of this size. */
const SLAB_BYTES = 16_384;

/** Let go and to be written again: shared memory is dear to allocate, and to collect. */
const free: Uint8Array[] = [];
const MOST_FREE = 1024;

interface Slab {
  /** of the stream's audio, where it begins */
  start: number;
  bytes: Uint8Array;
  used: number;
}

export class AudioTape {
  private readonly slabs: Slab[] = [];
  /** bytes so far */
  length = 0;

  /** Bytes from which on the audio is still here. */
  get start(): number {
    return this.slabs[0]?.start ?? this.length;
  }

  push(audio: Uint8Array): void {
    for (let at = 0; at < audio.length; ) {
      const last = this.slabs.at(-1);
      const slab = last && last.used < last.bytes.length ? last : this.newSlab(audio.length - at);
      const part = audio.subarray(at, at + slab.bytes.length - slab.used);
      slab.bytes.set(part, slab.used);
      slab.used += part.length;
      at += part.length;
      this.length += part.length;
    }
  }

  /** The audio between two positions, which must still be here, as views of the shared memory. */
  between(from: number, to: number): Uint8Array[] {
    const pieces: Uint8Array[] = [];
    for (const { start, bytes, used } of this.slabs) {
      const [first, end] = [Math.max(0, from - start), Math.min(used, to - start)];
      if (first < end) pieces.push(bytes.subarray(first, end));
    }
    return pieces;
  }

  /** Lets go of what lies before a position; views of it must no longer be read. */
  release(before: number): void {
    while (this.slabs.length > 0 && this.slabs[0].start + this.slabs[0].used <= before) {
      // The last one may have room left.
      if (this.slabs.length === 1 && this.slabs[0].used < this.slabs[0].bytes.length) return;
      const { bytes } = this.slabs.shift()!;
      if (bytes.length === SLAB_BYTES && free.length < MOST_FREE) free.push(bytes);
    }
  }

  private newSlab(wanted: number): Slab {
    const spare = wanted <= SLAB_BYTES ? free.pop() : undefined;
    const bytes = spare ?? new Uint8Array(new SharedArrayBuffer(Math.max(SLAB_BYTES, wanted)));
    const slab = { start: this.length, bytes, used: 0 };
    this.slabs.push(slab);
    return slab;
  }
}
