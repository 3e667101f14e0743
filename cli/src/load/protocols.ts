/** The name of a protocol goes in, what a client of it sends and how it understands the server come out. */
import { NATIVE_PATH } from '@auricle/serving';

export const LOAD_PROTOCOLS = ['native', 'vosk', 'sherpa'] as const;
export type LoadProtocolName = (typeof LOAD_PROTOCOLS)[number];

/** Hz: what all of them can take. */
export const LOAD_RATE = 16_000;

/** What a message of the server says. */
export type Heard =
  | { kind: 'ready' }
  /** `end`: where its last word lies (s), where the protocol tells it */
  | { kind: 'partial'; text: string; end?: number }
  | { kind: 'final'; text: string }
  | { kind: 'failure'; code: string }
  | { kind: 'over' }
  | { kind: 'nothing' };

export interface LoadProtocol {
  /** where the address has none */
  path: string;
  /** sent once the connection is open */
  first: readonly string[];
  /** audio is sent only after the server has said that it is ready */
  awaitsReady: boolean;
  /** of 16-bit samples, little-endian */
  packet(samples: Buffer): Buffer;
  /** A server of it may end the transcript without having called its last text final. */
  lastPartialStands: boolean;
  /** says that there is no more audio */
  last: string;
  /** Several things may stand in one message, in this order. */
  hear(message: string): readonly Heard[];
}

interface NativeMessage {
  type: string;
  text: string;
  end: number;
  code: string;
}

function hearNative(message: string): readonly Heard[] {
  const { type, text, end, code } = JSON.parse(message) as NativeMessage;
  if (type === 'ready') return [{ kind: 'ready' }];
  if (type === 'partial') return [{ kind: 'partial', text, end }];
  if (type === 'final') return [{ kind: 'final', text }];
  if (type === 'error') return [{ kind: 'failure', code }];
  return [{ kind: type === 'done' ? 'over' : 'nothing' }];
}

interface VoskReply {
  partial?: string;
  text?: string;
}

/** The end is the close of the connection, right after the last reply. */
function hearVosk(message: string): readonly Heard[] {
  const { partial, text } = JSON.parse(message) as VoskReply;
  if (text !== undefined) return [{ kind: 'final', text }];
  return [{ kind: 'partial', text: partial ?? '' }];
}

interface SherpaResult {
  text: string;
  timestamps?: number[];
  is_final: boolean;
}

function hearSherpa(message: string): readonly Heard[] {
  if (message === 'Done!') return [{ kind: 'over' }];
  const { text, timestamps = [], is_final } = JSON.parse(message) as SherpaResult;
  return [is_final ? { kind: 'final', text } : { kind: 'partial', text, end: timestamps.at(-1) }];
}

const asIs = (samples: Buffer) => samples;

function asFloats(samples: Buffer): Buffer {
  const floats = Buffer.alloc(2 * samples.length);
  for (let at = 0; at < samples.length; at += 2) floats.writeFloatLE(samples.readInt16LE(at) / 32_768, 2 * at);
  return floats;
}

export const loadProtocols: Record<LoadProtocolName, LoadProtocol> = {
  native: {
    path: NATIVE_PATH,
    first: [JSON.stringify({ type: 'start', sampleRate: LOAD_RATE })],
    awaitsReady: true,
    packet: asIs,
    lastPartialStands: false,
    last: '{"type":"end"}',
    hear: hearNative,
  },
  vosk: {
    path: '/',
    first: [JSON.stringify({ config: { sample_rate: LOAD_RATE, words: false } })],
    awaitsReady: false,
    packet: asIs,
    lastPartialStands: false,
    last: '{"eof" : 1}',
    hear: hearVosk,
  },
  sherpa: {
    path: '/',
    first: [],
    awaitsReady: false,
    packet: asFloats,
    lastPartialStands: true,
    last: 'Done',
    hear: hearSherpa,
  },
};
