/** Scalars with their step and time go in, a file that TensorBoard reads comes out: Event messages in the framing of TFRecord. */
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import crc32c from 'crc-32/crc32c.js';

/** Tag -> value; a null is left out. */
export type Scalars = Record<string, number | null>;

/** One process's events of a run. The file is made when the first event comes. */
export class EventFile {
  private path: string | undefined;

  /** @param folder is made
   *  @param step where the run stands: events that an earlier process wrote of later steps are superseded */
  constructor(
    private readonly folder: string,
    private step: number,
  ) {}

  /** @param time milliseconds since 1970 */
  add(step: number, time: number, scalars: Scalars): void {
    const values = Object.entries(scalars).filter((entry): entry is [string, number] => entry[1] !== null);
    if (values.length === 0) return;
    const path = this.path ?? this.pathOfNew(time);
    const opening = this.path ? [] : [versionEvent(time), restartEvent(time, this.step + 1)];
    try {
      appendFileSync(path, Buffer.concat([...opening, scalarsEvent(step, time, values)].map(framed)));
      [this.path, this.step] = [path, step];
    } catch (error) {
      // It may end inside a record, after which nothing can be read: the next event begins another.
      this.path = undefined;
      throw error;
    }
  }

  /** Names sort by time, the order in which TensorBoard reads a run's files. */
  private pathOfNew(time: number): string {
    mkdirSync(this.folder, { recursive: true });
    return join(this.folder, `events.out.tfevents.${time}.${process.pid}.auricle`);
  }
}

// Field numbers of TensorFlow's event.proto and summary.proto.
const EVENT = { wallTime: 1, step: 2, fileVersion: 3, summary: 5, sessionLog: 7 };
const SUMMARY = { value: 1 };
const VALUE = { tag: 1, simpleValue: 2 };
const SESSION_LOG = { status: 1 };
const SESSION_START = 1;

const versionEvent = (time: number) =>
  eventAt(0, time).tag(EVENT.fileVersion, WireType.LengthDelimited).string('brain.Event:2').finish();

/** Tells TensorBoard to forget what earlier files hold from this step on. */
const restartEvent = (time: number, step: number) =>
  eventAt(step, time)
    .tag(EVENT.sessionLog, WireType.LengthDelimited)
    .fork()
    .tag(SESSION_LOG.status, WireType.Varint)
    .int32(SESSION_START)
    .join()
    .finish();

function scalarsEvent(step: number, time: number, values: [string, number][]): Uint8Array {
  const writer = eventAt(step, time).tag(EVENT.summary, WireType.LengthDelimited).fork();
  for (const [tag, value] of values)
    writer
      .tag(SUMMARY.value, WireType.LengthDelimited)
      .fork()
      .tag(VALUE.tag, WireType.LengthDelimited)
      .string(tag)
      .tag(VALUE.simpleValue, WireType.Bit32)
      .float(value)
      .join();
  return writer.join().finish();
}

function eventAt(step: number, time: number): BinaryWriter {
  const writer = new BinaryWriter().tag(EVENT.wallTime, WireType.Bit64).double(time / 1000);
  return step === 0 ? writer : writer.tag(EVENT.step, WireType.Varint).int64(step);
}

/** A record as length, the length's checksum, the bytes and their checksum, all little-endian. */
function framed(record: Uint8Array): Uint8Array {
  const frame = Buffer.alloc(8 + 4 + record.length + 4);
  frame.writeBigUInt64LE(BigInt(record.length), 0);
  frame.writeUInt32LE(maskedChecksum(frame.subarray(0, 8)), 8);
  frame.set(record, 12);
  frame.writeUInt32LE(maskedChecksum(record), 12 + record.length);
  return frame;
}

/** CRC-32C, rotated and shifted: a checksum over bytes that hold their own would be no good. */
function maskedChecksum(bytes: Uint8Array): number {
  const crc = crc32c.buf(bytes) >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
