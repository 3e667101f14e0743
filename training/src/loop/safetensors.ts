/** Named float vectors and a few words about them go in, one file in the safetensors layout comes out, and back. */
import { createHash } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { trainingError } from '../errors.js';

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}
type Header = Record<string, Entry> & { __metadata__?: Record<string, string> };

const digest = (parts: Uint8Array[]) => parts.reduce((hash, p) => hash.update(p), createHash('sha256')).digest('hex');

/** Of what a file says in words; older files have none. */
const digestOf = (metadata: Record<string, string>) => digest([Buffer.from(JSON.stringify(Object.entries(metadata)))]);

/** Writes atomically: a reader finds the file of before or the whole new one, whenever the process dies.
 *  @throws AUR_CHECKPOINT_WRITE */
export async function writeSafetensors(
  path: string,
  tensors: Record<string, Float32Array>,
  metadata: Record<string, string>,
): Promise<void> {
  const parts = Object.values(tensors).map((t) => new Uint8Array(t.buffer, t.byteOffset, t.byteLength));
  const header: Header = {};
  header.__metadata__ = { ...metadata, metadataSha256: digestOf(metadata), sha256: digest(parts) } as never;
  let offset = 0;
  for (const [name, values] of Object.entries(tensors)) {
    header[name] = { dtype: 'F32', shape: [values.length], data_offsets: [offset, offset + values.byteLength] };
    offset += values.byteLength;
  }
  const text = Buffer.from(JSON.stringify(header));
  const padded = Buffer.concat([text, Buffer.alloc((8 - (text.length % 8)) % 8, ' ')]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));

  const partial = `${path}.${process.pid}.partial`;
  try {
    await writeSynced(partial, [length, padded, ...parts]);
    await rename(partial, path);
  } catch (cause) {
    // A full disk must not stay full of what nobody can read.
    await rm(partial, { force: true });
    throw trainingError('AUR_CHECKPOINT_WRITE', { path, reason: (cause as Error).message }, { cause });
  }
}

async function writeSynced(path: string, parts: readonly Uint8Array[]): Promise<void> {
  const file = await open(path, 'w');
  try {
    for (const part of parts) await file.writeFile(part);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** @throws AUR_CHECKPOINT_MISSING when the file cannot be read, AUR_CHECKPOINT_DAMAGED when the file is cut, altered or of another layout */
export async function readSafetensors(
  path: string,
): Promise<{ tensors: Record<string, Float32Array>; metadata: Record<string, string> }> {
  const bytes = await readFile(path).catch((cause: Error) => {
    throw trainingError('AUR_CHECKPOINT_MISSING', { path, reason: cause.message }, { cause });
  });
  const damaged = (reason: string) => trainingError('AUR_CHECKPOINT_DAMAGED', { path, reason });
  if (bytes.length < 8) throw damaged(`it holds ${bytes.length} bytes`);
  const headerLength = Number(bytes.readBigUInt64LE(0));
  if (headerLength > bytes.length - 8) throw damaged('it ends inside its header');
  let header: Header;
  try {
    header = JSON.parse(bytes.toString('utf8', 8, 8 + headerLength));
  } catch {
    throw damaged('its header is no JSON');
  }
  const { __metadata__: checked = {}, ...entries } = header;
  const { sha256, metadataSha256, ...metadata } = checked;
  // A copy, so that the floats are aligned.
  const data = new Uint8Array(bytes.subarray(8 + headerLength)).buffer;
  const sound = metadataSha256 === undefined || digestOf(metadata) === metadataSha256;
  if (!sound || digest([new Uint8Array(data)]) !== sha256) throw damaged('its checksum does not match');
  const tensors = Object.fromEntries(
    Object.entries(entries as Record<string, Entry>).map(
      ([
        name,
        {
          data_offsets: [from, to],
        },
      ]) => [name, new Float32Array(data, from, (to - from) / 4)],
    ),
  );
  return { tensors, metadata };
}
