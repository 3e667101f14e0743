/** One connection that speaks the protocol of sherpa-onnx's streaming server: float samples go in, results come out on the same socket. */
import { asCoded, closeCodeOf, servingError } from '../../errors.js';
import type { RecognitionStream } from '../../recognition-stream.js';
import type { Segment } from '../../results.js';
import { WholeBlocks } from '../audio/whole-blocks.js';
import { closeReason, messageBytes } from '../message-bytes.js';
import type { Connection, ProtocolSession } from '../protocol.js';
import { pushAudio } from '../push-audio.js';
import { DONE, DONE_REPLY, SHERPA_RATE, type SherpaResult, sherpaResult } from './messages.js';

const SAMPLE_BYTES = 4;

export class SherpaSession implements ProtocolSession {
  private stream: RecognitionStream | undefined;
  private readonly blocks = new WholeBlocks(SAMPLE_BYTES);
  private state: 'open' | 'ending' | 'closed' = 'open';
  /** A final waits until it is known whether it is the last. */
  private held: Segment | undefined;

  constructor(private readonly connection: Connection) {
    const { socket, log } = connection;
    socket.on('message', (data, isBinary) => this.onMessage(messageBytes(data), isBinary));
    socket.on('close', () => this.leave());
    socket.on('error', (error) => log.info({ reason: error.message }, 'socket error'));
  }

  /** The protocol has no message for failures: the close frame carries it. */
  fail(error: unknown): void {
    if (this.state === 'closed') return;
    const coded = asCoded(error);
    this.connection.log.info({ code: coded.code, reason: coded.message }, 'stream refused');
    this.close(closeCodeOf(coded), `${coded.code}: ${coded.message}`);
  }

  private onMessage(bytes: Buffer, isBinary: boolean): void {
    if (this.state === 'closed') return;
    try {
      const { maxMessageBytes: limit, maxPendingBytes } = this.connection.limits;
      if (bytes.length > limit) throw servingError('AUR_PROTOCOL_TOO_LARGE', { bytes: bytes.length, limit });
      if (this.state === 'ending') throw servingError('AUR_PROTOCOL_AFTER_END', { bytes: bytes.length });
      if (!isBinary) {
        const text = bytes.toString('utf8');
        if (text.trim() !== DONE)
          throw servingError('AUR_PROTOCOL_SHERPA_TEXT', { seen: JSON.stringify(text.slice(0, 40)) });
        this.end();
        return;
      }
      this.stream ??= this.open();
      pushAudio(this.connection.socket, this.stream, this.blocks.take(bytes), maxPendingBytes);
    } catch (error) {
      this.fail(error);
    }
  }

  private open(): RecognitionStream {
    this.connection.log.info({ sampleRate: SHERPA_RATE }, 'stream started');
    return this.connection.engine.openStream({
      sampleRate: SHERPA_RATE,
      encoding: 'f32le',
      onSegment: (segment) => this.onSegment(segment),
      onError: (error) => this.fail(error),
    });
  }

  private onSegment(segment: Segment): void {
    // Of a stream that is about to end, any final may be the last.
    this.release();
    if (segment.isFinal && this.state === 'ending') this.held = segment;
    else this.send(sherpaResult(segment));
  }

  private release(isLast = false): void {
    if (!this.held) return;
    this.send({ ...sherpaResult(this.held), is_eof: isLast });
    this.held = undefined;
  }

  private end(): void {
    this.state = 'ending';
    const over = () => {
      if (this.state === 'closed') return;
      this.release(true);
      const { socket } = this.connection;
      if (socket.readyState === socket.OPEN) socket.send(DONE_REPLY);
      this.connection.log.info('stream done');
      // The client closes; what comes until then is dropped.
      this.stream?.close();
    };
    // Failures come by `onError`.
    if (this.stream) this.stream.finish().then(over, () => undefined);
    else over();
  }

  private leave(): void {
    this.state = 'closed';
    this.stream?.close();
  }

  private close(code: number, reason: string): void {
    this.leave();
    const { socket } = this.connection;
    // A paused socket would never see the client's answer to the close.
    socket.resume();
    socket.close(code, closeReason(reason));
  }

  private send(result: SherpaResult): void {
    const { socket } = this.connection;
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(result));
  }
}
