/** Where to recognise goes in, something that hears comes out: an engine in this process, or a server. */
import { type FinalMessage, openStream } from '@auricle/client';
import { type Engine, segmentMessage } from '@auricle/serving';

export interface HearingEvents {
  onPartial(segment: { text: string }): void;
  onFinal(segment: FinalMessage): void;
  onNotice(text: string): void;
}

export interface Hearer {
  /** Resolves when there is room for more. */
  push(samples: Float32Array): Promise<void>;
  /** Resolves when all has been heard.
   *  @throws the stream's coded error */
  finish(): Promise<void>;
}

/** Samples that may wait for the worker, in bytes. */
const MOST_PENDING_BYTES = 1 << 20;

/** @throws AUR_AUDIO_RATE and whatever opening a stream throws */
export function hearByEngine(engine: Engine, sampleRate: number, events: HearingEvents): Hearer {
  const stream = engine.openStream({
    sampleRate,
    onSegment: (segment) => {
      const message = segmentMessage(segment);
      if (message.type === 'final') events.onFinal(message);
      else if (message.type === 'partial') events.onPartial(message);
    },
    onWarning: ({ code, message }) => events.onNotice(`${code}: ${message}`),
  });
  return {
    push: (samples) => {
      stream.push(samples);
      return stream.drained(MOST_PENDING_BYTES);
    },
    finish: async () => {
      await stream.finish();
    },
  };
}

/** A lost connection is taken up again, and told.
 *  @throws AUR_CLIENT_CONNECTION, or the server's refusal */
export async function hearByServer(url: string, sampleRate: number, events: HearingEvents): Promise<Hearer> {
  const stream = await openStream(url, { sampleRate });
  const heard = (async () => {
    for await (const result of stream) {
      if (result.type === 'partial') events.onPartial(result);
      else if (result.type === 'final') events.onFinal(result);
      else if (result.type === 'warning') events.onNotice(`${result.code}: ${result.message}`);
      else if (result.type === 'interrupted') events.onNotice(`${result.reason.message}; trying again`);
      else if (result.type === 'resumed') events.onNotice('connected again');
    }
  })();
  // The failure is thrown by `finish`.
  heard.catch(() => undefined);
  return {
    push: (samples) => stream.send(samples),
    finish: () => {
      stream.end();
      return heard;
    },
  };
}
