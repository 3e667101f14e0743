/** Log-mel frames go in under a key, the same frames come out of shards on disk, in later epochs and in later runs. */
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { datasetError } from './errors.js';

/** Stored as 16-bit integers of 1/2048 nat: half of float's size, an error of 2.4e-4 nats, a range of ±16 nats (digital silence is -15.94). */
const STEPS_PER_NAT = 2048;
/** Bytes after which a writer begins a new shard. */
const SHARD_BYTES = 1 << 28;

interface Entry {
  shard: string;
  at: number;
  bytes: number;
  checksum: number;
}

/** One process's or thread's view of a cache folder: it reads what all writers had written when it was opened, and what it wrote itself.
 *  Safe to kill at any moment: frames are written before the line of the index that names them, and what does not match its checksum is
 *  not there. */
export class FeatureCache {
  private readonly entries = new Map<string, Entry>();
  private readonly files = new Map<string, number>();
  private shard: { name: string; file: number; index: number; size: number } | undefined;

  /** @param folder made when it is not there
   *  @param writer names this writer's shards; two that are open at a time need two names
   *  @param version what the frames depend on; a folder holds one version only
   *  @throws AUR_CACHE_VERSION when the folder holds another */
  constructor(
    private readonly folder: string,
    private readonly writer: string,
    version: string,
  ) {
    mkdirSync(folder, { recursive: true });
    const versionFile = join(folder, 'version.txt');
    if (!existsSync(versionFile)) {
      // Whole or not at all: neither a kill nor another writer's look at it finds half of it.
      const partial = `${versionFile}.${writer}.partial`;
      writeFileSync(partial, version);
      renameSync(partial, versionFile);
    }
    const seen = readFileSync(versionFile, 'utf8');
    if (seen !== version) throw datasetError('AUR_CACHE_VERSION', { folder, seen, expected: version });
    for (const name of readdirSync(folder)) if (name.endsWith('.index')) this.readIndex(name);
  }

  get size(): number {
    return this.entries.size;
  }

  /** @returns row-major [frames, mels], rounded to `STEPS_PER_NAT`; undefined when they are not there or damaged */
  read(key: string): Float32Array | undefined {
    const entry = this.entries.get(key);
    if (!entry) return undefined;
    const bytes = Buffer.alloc(entry.bytes);
    const read = readSync(this.fileOf(entry.shard), bytes, 0, entry.bytes, entry.at);
    if (read < entry.bytes || crc32(bytes) !== entry.checksum) {
      this.entries.delete(key);
      return undefined;
    }
    return fromSteps(new Int16Array(bytes.buffer, bytes.byteOffset, entry.bytes / 2));
  }

  /** @returns what `read` will give from now on */
  write(key: string, features: Float32Array): Float32Array {
    const steps = toSteps(features);
    const bytes = new Uint8Array(steps.buffer);
    if (!this.shard || this.shard.size >= SHARD_BYTES) this.beginShard();
    const shard = this.shard!;
    const entry: Entry = { shard: shard.name, at: shard.size, bytes: bytes.length, checksum: crc32(bytes) };
    writeSync(shard.file, bytes);
    shard.size += bytes.length;
    writeSync(shard.index, `${JSON.stringify([key, entry.at, entry.bytes, entry.checksum])}\n`);
    this.entries.set(key, entry);
    return fromSteps(steps);
  }

  close(): void {
    for (const file of this.files.values()) closeSync(file);
    this.files.clear();
    this.endShard();
  }

  private readIndex(name: string): void {
    const shard = name.replace(/\.index$/, '.shard');
    if (!existsSync(join(this.folder, shard))) return;
    const { size } = fstatSync(this.fileOf(shard));
    for (const line of readFileSync(join(this.folder, name), 'utf8').split('\n')) {
      const fields = parseLine(line);
      if (!fields || fields[1] + fields[2] > size) continue;
      const [key, at, bytes, checksum] = fields;
      this.entries.set(key, { shard, at, bytes, checksum });
    }
  }

  private fileOf(shard: string): number {
    let file = this.files.get(shard);
    if (file === undefined) {
      file = openSync(join(this.folder, shard), 'r');
      this.files.set(shard, file);
    }
    return file;
  }

  /** Never goes on in a shard of an earlier run: its end may be a torn one. */
  private beginShard(): void {
    this.endShard();
    for (let number = 0; ; number++) {
      const name = `${this.writer}-${String(number).padStart(5, '0')}`;
      if (existsSync(join(this.folder, `${name}.shard`))) continue;
      const [file, index] = ['shard', 'index'].map((kind) => openSync(join(this.folder, `${name}.${kind}`), 'wx'));
      this.shard = { name: `${name}.shard`, file, index, size: 0 };
      return;
    }
  }

  private endShard(): void {
    if (!this.shard) return;
    closeSync(this.shard.file);
    closeSync(this.shard.index);
    this.shard = undefined;
  }
}

type IndexLine = [key: string, at: number, bytes: number, checksum: number];

/** The last line of a run that was killed may be cut. */
function parseLine(line: string): IndexLine | undefined {
  try {
    const value: unknown = JSON.parse(line);
    const [key, ...numbers] = Array.isArray(value) ? value : [];
    const isLine =
      typeof key === 'string' && numbers.length === 3 && numbers.every((n) => Number.isSafeInteger(n) && n >= 0);
    return isLine ? (value as IndexLine) : undefined;
  } catch {
    return undefined;
  }
}

function toSteps(features: Float32Array): Int16Array {
  const steps = new Int16Array(features.length);
  for (let i = 0; i < features.length; i++)
    steps[i] = Math.max(-32768, Math.min(32767, Math.round(features[i] * STEPS_PER_NAT)));
  return steps;
}

function fromSteps(steps: Int16Array): Float32Array {
  const features = new Float32Array(steps.length);
  for (let i = 0; i < steps.length; i++) features[i] = steps[i] / STEPS_PER_NAT;
  return features;
}
