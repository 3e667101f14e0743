/** Fields and samples go in, the bytes of a NIST SPHERE file come out. */

export interface SphereFields {
  /** Of the header; default 1024. */
  headerBytes?: number | string;
  /** Name to type and value, over those of 16-bit mono. */
  fields?: Record<string, string | undefined>;
}

export function sphere(samples: Uint8Array, { headerBytes = 1024, fields = {} }: SphereFields = {}): Uint8Array {
  const all: Record<string, string | undefined> = {
    sample_count: `-i ${samples.length / 2}`,
    sample_rate: '-i 8000',
    channel_count: '-i 1',
    sample_n_bytes: '-i 2',
    sample_byte_format: '-s2 01',
    sample_coding: '-s3 pcm',
    ...fields,
  };
  const lines = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${value}`]));
  const header = Buffer.alloc(1024, 0x20);
  header.write(`NIST_1A\n${`${headerBytes}`.padStart(7)}\n${lines.join('\n')}\nend_head\n`, 'latin1');
  return Buffer.concat([header, samples]);
}
