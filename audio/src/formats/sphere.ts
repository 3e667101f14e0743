/** The header of a NIST SPHERE file goes in, a description of its sound comes out. */
import { audioError } from '../audio-errors.js';
import type { ByteSource } from '../byte-source.js';
import type { PcmSound } from './pcm-sound.js';
import { PCM_FORMATS } from './wave-samples.js';

const SPHERE = 'NIST SPHERE';
export const SPHERE_MAGIC = 'NIST_1A\n';

/** Magic and size of the header: two lines of 8 bytes. */
const PREAMBLE_BYTES = 16;
const MOST_HEADER_BYTES = 1 << 20;

/** 16-bit integers of either byte order, mu-law or A-law.
 *  @throws AUR_AUDIO_TRUNCATED, AUR_AUDIO_DAMAGED, AUR_AUDIO_ENCODING for other samples, as those compressed by shorten */
export async function readSphere(file: ByteSource, source: string): Promise<PcmSound> {
  const truncated = (reason: string) => audioError('AUR_AUDIO_TRUNCATED', { source, reason });
  const damaged = (reason: string) => audioError('AUR_AUDIO_DAMAGED', { source, format: SPHERE, reason });
  const preamble = await file.read(0, PREAMBLE_BYTES);
  if (preamble.length < PREAMBLE_BYTES) throw truncated(`a SPHERE header has 16 bytes and more, it has ${file.size}`);
  const dataAt = Number(latin1(preamble.subarray(SPHERE_MAGIC.length)).trim());
  if (!Number.isInteger(dataAt) || dataAt < PREAMBLE_BYTES || dataAt > MOST_HEADER_BYTES)
    throw damaged(`its header is ${JSON.stringify(latin1(preamble.subarray(SPHERE_MAGIC.length)))} bytes long`);
  const header = await file.read(PREAMBLE_BYTES, dataAt - PREAMBLE_BYTES);
  if (header.length < dataAt - PREAMBLE_BYTES)
    throw truncated(`its SPHERE header claims ${dataAt} bytes, it has ${file.size}`);
  const fields = readFields(latin1(header));
  const count = (name: string, value = fields.get(name)) => {
    if (!/^\d{1,15}$/.test(value ?? '') || Number(value) === 0) throw damaged(`its ${name} is ${value ?? 'missing'}`);
    return Number(value);
  };
  const channels = count('channel_count', fields.get('channel_count') ?? '1');
  const sampleRate = count('sample_rate');
  const encoding = encodingOf(fields, source);
  const dataBytes = (count('sample_count') * channels * encoding.bits) / 8;
  if (channels > 65_535) throw damaged(`its channel_count is ${channels}`);
  if (dataAt + dataBytes > file.size)
    throw truncated(`its SPHERE header claims ${dataBytes} bytes of samples, ${file.size - dataAt} are left`);
  return { container: SPHERE, ...encoding, channels, sampleRate, dataAt, dataBytes };
}

const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');

/** Lines of name, type (-i, -r, -s and a length) and value, up to `end_head`. */
function readFields(header: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of header.split('\n')) {
    if (line.trim() === 'end_head') break;
    const field = /^(\S+)\s+-\S+\s+(.*?)\s*$/.exec(line);
    if (field) fields.set(field[1], field[2]);
  }
  return fields;
}

function encodingOf(fields: Map<string, string>, source: string): Pick<PcmSound, 'littleEndian' | 'format' | 'bits'> {
  const coding = fields.get('sample_coding') ?? 'pcm';
  const bytes = fields.get('sample_n_bytes') ?? (coding === 'pcm' ? '2' : '1');
  const order = fields.get('sample_byte_format') ?? '01';
  if (coding === 'pcm' && bytes === '2' && (order === '01' || order === '10'))
    return { littleEndian: order === '01', format: PCM_FORMATS.integer, bits: 16 };
  if (bytes === '1' && ['ulaw', 'mu-law'].includes(coding))
    return { littleEndian: true, format: PCM_FORMATS.muLaw, bits: 8 };
  if (bytes === '1' && coding === 'alaw') return { littleEndian: true, format: PCM_FORMATS.aLaw, bits: 8 };
  const seen = `samples of ${bytes} bytes, coding "${coding}", byte order ${order}`;
  const remedy = coding.includes('shorten') ? '; sph2pipe or w_decode expands it' : '';
  const expected = `"pcm" of 2 bytes in order 01 or 10, "ulaw" or "alaw"${remedy}`;
  throw audioError('AUR_AUDIO_ENCODING', { source, format: SPHERE, seen, expected });
}
