/** One channel of a live request: audio goes in, Deepgram's messages about it come out. */
import type { AuricleError } from '@auricle/audio';
import type { SpeechEvent } from '@auricle/decoding';
import type { Engine, StreamOptions } from '../../engine.js';
import type { RecognitionStream } from '../../recognition-stream.js';
import type { Segment } from '../../results.js';
import { seconds } from '../numbers.js';
import type { ServerMessage } from './messages.js';
import type { LiveParameters } from './parameters.js';
import { type Alternative, alternative } from './results.js';

export interface ChannelOptions {
  engine: Engine;
  parameters: LiveParameters;
  stream: Pick<StreamOptions, 'sampleRate' | 'encoding' | 'model' | 'hotwords' | 'endpointRules'>;
  /** this channel's number, and how many there are */
  place: [number, number];
  /** bytes of a second of audio */
  bytesPerSecond: number;
  metadata: Extract<ServerMessage, { type: 'Results' }>['metadata'];
  send: (message: ServerMessage) => void;
  onError: (error: AuricleError) => void;
}

/** Audio that may lie between what a worker has taken and what it has told of, in the model's chunks. */
const CHUNKS_UNDER_WAY = 2;
const FRAME_SECONDS = 0.01;

export class DeepgramChannel {
  private readonly stream: RecognitionStream;
  /** words have come, and no end of their segment */
  private isSpeaking = false;
  private hasToldSpeech = false;
  private isFlushing = false;
  /** While a finalize is under way, a final waits until it is known whether it is the last. */
  private held: Segment | undefined;
  private pushedBytes = 0;
  /** of the stretch told last, seconds */
  private toldUntil = 0;
  /** of a word after which no end of the utterance was told yet */
  private lastWordEnd: number | undefined;

  /** @throws as `Engine.openStream` */
  constructor(private readonly options: ChannelOptions) {
    const { engine, stream, parameters, onError } = options;
    this.stream = engine.openStream({
      ...stream,
      onSpeech: parameters.vad_events && engine.hearsSpeech(stream.model) ? (event) => this.onSpeech(event) : undefined,
      onSegment: (segment) => this.onSegment(segment),
      onError,
    });
  }

  get pendingBytes(): number {
    return this.stream.pendingBytes;
  }

  drained(limit: number): Promise<void> {
    return this.stream.drained(limit);
  }

  push(audio: Uint8Array | Float32Array): void {
    this.pushedBytes += audio.byteLength;
    this.stream.push(audio);
    this.tellUtteranceEnd();
  }

  /** Resolves when what was said so far has been told; the last of it says that it is from a finalize. */
  async finalize(): Promise<void> {
    this.isFlushing = true;
    await this.stream.finalize();
    if (this.held) this.release(true);
    else this.tell([], this.toldUntil, { isFinal: true, fromFinalize: true });
    this.isFlushing = false;
  }

  /** Resolves with the seconds of audio when all has been told. */
  async finish(): Promise<number> {
    return (await this.stream.finish()).audioSeconds;
  }

  close(): void {
    this.stream.close();
  }

  private onSegment(segment: Segment): void {
    const { parameters } = this.options;
    if (segment.words.length > 0) {
      this.isSpeaking = true;
      this.tellSpeech(segment.words[0].start);
      this.lastWordEnd = segment.words[segment.words.length - 1].end;
    }
    if (segment.isFinal) {
      this.isSpeaking = false;
      this.hasToldSpeech = false;
    }
    this.release(false);
    if (segment.isFinal && this.isFlushing) this.held = segment;
    else if (segment.isFinal || parameters.interim_results)
      this.tell([segment], segment.end, { isFinal: segment.isFinal, fromFinalize: false });
  }

  /** Heard before its words are, and also where it was noise. */
  private onSpeech({ type, time }: SpeechEvent): void {
    if (type === 'speech_started') this.tellSpeech(time);
    else if (!this.isSpeaking) this.hasToldSpeech = false;
  }

  private tellSpeech(time: number): void {
    const { parameters, place, send } = this.options;
    if (this.hasToldSpeech || !parameters.vad_events) return;
    this.hasToldSpeech = true;
    send({ type: 'SpeechStarted', channel: place, timestamp: seconds(time) });
  }

  private release(fromFinalize: boolean): void {
    const segment = this.held;
    this.held = undefined;
    if (segment) this.tell([segment], segment.end, { isFinal: true, fromFinalize });
  }

  private tell(
    segments: Segment[],
    end: number,
    { isFinal, fromFinalize }: { isFinal: boolean; fromFinalize: boolean },
  ) {
    const { place, metadata, send } = this.options;
    const heard: Alternative = alternative(segments);
    send({
      type: 'Results',
      channel_index: place,
      duration: seconds(Math.max(0, end - this.toldUntil)),
      start: seconds(this.toldUntil),
      is_final: isFinal,
      speech_final: isFinal,
      from_finalize: fromFinalize,
      channel: { alternatives: [heard] },
      metadata,
    });
    if (isFinal) this.toldUntil = Math.max(this.toldUntil, end);
  }

  /** The gap is measured in audio that the model has heard: so it is the same however fast the audio comes. */
  private tellUtteranceEnd(): void {
    const { parameters, bytesPerSecond, engine, place, send } = this.options;
    const { utterance_end_ms: gap } = parameters;
    if (gap === undefined || this.lastWordEnd === undefined || this.isSpeaking) return;
    const underWay =
      CHUNKS_UNDER_WAY * engine.bundleOf(this.options.stream.model).description.chunkShift * FRAME_SECONDS;
    const heard = (this.pushedBytes - this.stream.pendingBytes) / bytesPerSecond - underWay;
    if (heard < this.lastWordEnd + gap / 1000) return;
    send({ type: 'UtteranceEnd', channel: place, last_word_end: seconds(this.lastWordEnd) });
    this.lastWordEnd = undefined;
  }
}
