/** One connection that speaks the native protocol: its messages go in, results and coded errors go out on the same socket. */
import { chunkSecondsOf } from '../../chunk-feed.js';
import { asCoded, closeCodeOf, servingError } from '../../errors.js';
import type { RecognitionStream } from '../../recognition-stream.js';
import { messageBytes } from '../message-bytes.js';
import type { Connection, ProtocolSession } from '../protocol.js';
import { pushAudio } from '../push-audio.js';
import {
  parseClientMessage,
  type ServerMessage,
  type StartMessage,
  segmentMessage,
  settledMessage,
  speechMessage,
} from './messages.js';

export class NativeSession implements ProtocolSession {
  private stream: RecognitionStream | undefined;
  private partials = true;
  private state: 'new' | 'streaming' | 'ending' | 'closed' = 'new';
  private segments = 0;
  private readonly opened = performance.now();

  constructor(private readonly connection: Connection) {
    const { socket, log } = connection;
    socket.on('message', (data, isBinary) => this.onMessage(messageBytes(data), isBinary));
    socket.on('close', (code) => this.onClose(code));
    // What ws refuses by itself (a frame that breaks RFC 6455, invalid UTF-8) it closes with the fitting code.
    socket.on('error', (error) => log.info({ reason: error.message }, 'socket error'));
  }

  /** Sends a coded error and closes; the stream is dropped. */
  fail(error: unknown): void {
    if (this.state === 'closed') return;
    const coded = asCoded(error);
    this.connection.log.info({ code: coded.code, reason: coded.message }, 'stream refused');
    this.send({ type: 'error', code: coded.code, message: coded.message });
    this.close(closeCodeOf(coded), coded.code);
  }

  private onMessage(bytes: Buffer, isBinary: boolean): void {
    // Messages that were on their way when the session closed.
    if (this.state === 'closed') return;
    try {
      const { maxMessageBytes: limit } = this.connection.limits;
      if (bytes.length > limit) throw servingError('AUR_PROTOCOL_TOO_LARGE', { bytes: bytes.length, limit });
      if (this.state === 'ending') throw servingError('AUR_PROTOCOL_AFTER_END', { bytes: bytes.length });
      if (isBinary) this.onAudio(bytes);
      else this.onText(bytes.toString('utf8'));
    } catch (error) {
      this.fail(error);
    }
  }

  private onText(text: string): void {
    // Only JSON objects can be messages; anything else in the midst of audio is a client that sends its audio as text.
    if (this.state === 'streaming' && !text.trimStart().startsWith('{'))
      throw servingError('AUR_PROTOCOL_TEXT', { seen: JSON.stringify(text.slice(0, 40)) });
    const message = parseClientMessage(text);
    if (this.state === 'new' && message.type === 'start') this.start(message);
    else if (this.state === 'streaming' && message.type === 'end') this.end();
    else if (this.state === 'streaming' && message.type === 'finalize') this.finalize();
    else if (this.state === 'streaming' && message.type === 'hotwords') this.stream!.setHotwords(message.hotwords);
    else
      throw servingError('AUR_PROTOCOL_ORDER', {
        type: message.type,
        expected: this.state === 'new' ? 'start' : 'audio, hotwords, finalize or end',
      });
  }

  private start(message: StartMessage): void {
    const { sampleRate, encoding, model, partials, acknowledge, hotwords, alternatives, endpoint } = message;
    const { engine } = this.connection;
    this.stream = engine.openStream({
      sampleRate,
      encoding,
      model,
      hotwords,
      alternatives,
      endpointRules: endpoint,
      heardSeconds: message.heardSeconds,
      onSpeech: message.speechEvents ? (event) => this.send(speechMessage(event)) : undefined,
      onSegment: (segment) => {
        if (segment.isFinal) this.segments++;
        if (segment.isFinal || this.partials) this.send(segmentMessage(segment));
      },
      onSettled: acknowledge ? (seconds) => this.send(settledMessage(seconds)) : undefined,
      onWarning: ({ code, message }) => this.send({ type: 'warning', code, message }),
      onError: (error) => this.fail(error),
    });
    this.partials = partials;
    this.state = 'streaming';
    const bundle = engine.bundleOf(model);
    const { name, language } = bundle.description;
    this.send({ type: 'ready', model: { name: model ?? name, language }, chunkSeconds: chunkSecondsOf(bundle) });
    this.connection.log.info({ sampleRate, encoding }, 'stream started');
  }

  private onAudio(bytes: Buffer): void {
    if (!this.stream) throw servingError('AUR_PROTOCOL_NO_START', { bytes: bytes.length });
    pushAudio(this.connection.socket, this.stream, bytes, this.connection.limits.maxPendingBytes);
  }

  private finalize(): void {
    this.stream!.finalize().then(
      () => this.send({ type: 'finalized' }),
      // Failures come by `onError`.
      () => undefined,
    );
  }

  private end(): void {
    this.state = 'ending';
    this.stream!.finish().then(
      ({ audioSeconds }) => {
        this.send({ type: 'done', audioSeconds: Number(audioSeconds.toFixed(3)), segments: this.segments });
        this.connection.log.info({ audioSeconds, segments: this.segments, ms: this.age() }, 'stream done');
        this.close(1000, 'done');
      },
      // Failures come by `onError`.
      () => undefined,
    );
  }

  private onClose(code: number): void {
    if (this.state !== 'closed') this.connection.log.info({ code, ms: this.age() }, 'client left');
    this.state = 'closed';
    this.stream?.close();
  }

  private close(code: number, reason: string): void {
    this.state = 'closed';
    this.stream?.close();
    // A paused socket would never see the client's answer to the close.
    const { socket } = this.connection;
    socket.resume();
    socket.close(code, reason);
  }

  private send(message: ServerMessage): void {
    const { socket } = this.connection;
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message));
  }

  private age(): number {
    return Math.round(performance.now() - this.opened);
  }
}
