/** Bytes cut anywhere go in, bytes that hold whole blocks of samples come out. */

/** Keeps what is left of a block until the rest of it comes. */
export class WholeBlocks {
  private rest: Uint8Array = new Uint8Array(0);

  constructor(private readonly blockBytes: number) {}

  take(bytes: Uint8Array): Uint8Array {
    let all = bytes;
    if (this.rest.length > 0) {
      all = new Uint8Array(this.rest.length + bytes.length);
      all.set(this.rest);
      all.set(bytes, this.rest.length);
    }
    const whole = all.length - (all.length % this.blockBytes);
    this.rest = all.slice(whole);
    return all.subarray(0, whole);
  }
}
