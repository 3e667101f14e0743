/** An engine and a pass go in, the engine as the holder of the pass sees it comes out: its streams are metered and watched, whatever protocol opens them. */
import type { AuricleError } from '@auricle/audio';
import type { Engine, StreamOptions } from '../engine.js';
import { asCoded, servingError } from '../errors.js';
import type { RecognitionStream } from '../recognition-stream.js';
import type { Segment, Transcript } from '../results.js';
import type { Pass } from './admission.js';
import type { AdmissionLimits } from './limits.js';
import { StreamMeter } from './stream-meter.js';
import { TokenBuckets } from './token-buckets.js';

export interface StreamFacts {
  id: number;
  /** Hz */
  sampleRate: number;
  encoding: 'f32le' | 's16le';
  pass: Pass;
}

/** Hears what happens in one stream. */
export interface StreamWatcher {
  /** @param bytes valid during the call
   *  @param seconds of audio in them */
  audio?(bytes: Uint8Array, seconds: number): void;
  segment?(segment: Segment): void;
  /** the client has said that there is no more audio */
  ending?(): void;
  /** once, at last: what was said, or why it failed, AUR_SERVING_CLOSED when the client left */
  over?(outcome: Transcript | AuricleError): void;
}

export type WatchStream = (facts: StreamFacts) => StreamWatcher;

export interface AdmittedEngineOptions {
  limits: AdmissionLimits;
  pass: Pass;
  watchers: readonly WatchStream[];
}

/** An automaton is built for each, in the thread that serves the others too. */
const HOTWORD_CHANGES = { perSecond: 1, burst: 10 };

/** The engine with another `openStream`. */
export function admittedEngine(engine: Engine, options: AdmittedEngineOptions): Engine {
  return overlaid(engine, { openStream: (stream: StreamOptions) => openAdmitted(engine, stream, options) });
}

function openAdmitted(engine: Engine, options: StreamOptions, { limits, pass, watchers }: AdmittedEngineOptions) {
  const watching: StreamWatcher[] = [];
  const { onSegment } = options;
  const stream = engine.openStream({
    ...options,
    onSegment: (segment) => {
      for (const watcher of watching) watcher.segment?.(segment);
      onSegment?.(segment);
    },
  });
  const { sampleRate, encoding } = stream.format;
  const bytesPerSecond = sampleRate * (encoding === 's16le' ? 2 : 4);
  if (pass.usage) pass.usage.streams++;
  const facts: StreamFacts = { id: stream.id, sampleRate, encoding, pass };
  watching.push(...watchers.map((watch) => watch(facts)));
  const over = (outcome: Transcript | AuricleError) => {
    for (const watcher of watching) watcher.over?.(outcome);
  };
  // Once a stream is settled, `finish` only gives its outcome.
  void stream.settled().then(() => stream.finish().then(over, (error) => over(asCoded(error))));

  const meter = new StreamMeter(limits, pass);
  const hotwordChanges = new TokenBuckets(HOTWORD_CHANGES);
  return overlaid<RecognitionStream>(stream, {
    push: (audio: Uint8Array | Float32Array) => {
      const seconds = audio.byteLength / bytesPerSecond;
      meter.add(seconds);
      const bytes = new Uint8Array(audio.buffer, audio.byteOffset, audio.byteLength);
      for (const watcher of watching) watcher.audio?.(bytes, seconds);
      stream.push(audio);
    },
    // To whoever asks whether to wait, audio ahead of its time is audio that no worker has taken.
    get pendingBytes() {
      return meter.waitMs > 0 ? Number.MAX_SAFE_INTEGER : stream.pendingBytes;
    },
    drained: async (limit: number) => {
      await stream.drained(limit);
      await Promise.race([meter.within(), stream.settled()]);
    },
    setHotwords: (hotwords) => {
      if (!hotwordChanges.take('')) throw servingError('AUR_LIMIT_RATE', { what: 'changes of hotwords' });
      stream.setHotwords(hotwords);
    },
    finish: () => {
      for (const watcher of watching) watcher.ending?.();
      return stream.finish();
    },
  });
}

/** The object with some of its members replaced; the others work on the object itself. */
function overlaid<T extends object>(object: T, members: Partial<T>): T {
  return new Proxy(object, {
    get(target, name) {
      if (Object.hasOwn(members, name)) return Reflect.get(members, name);
      const value = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
