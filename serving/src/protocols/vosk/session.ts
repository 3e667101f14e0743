/** One connection that speaks Vosk's protocol: audio goes in, one reply a message comes out on the same socket. */
import { asCoded, closeCodeOf, servingError } from '../../errors.js';
import type { RecognitionStream } from '../../recognition-stream.js';
import type { Segment } from '../../results.js';
import { WholeBlocks } from '../audio/whole-blocks.js';
import { hotwordsOf } from '../hotword-phrases.js';
import { closeReason, messageBytes } from '../message-bytes.js';
import type { Connection, ProtocolSession } from '../protocol.js';
import { throttle } from '../throttle.js';
import { DEFAULT_RATE, finalReply, parseVoskMessage, type VoskConfig, type VoskReply } from './messages.js';
import { readRiffStart } from './riff-header.js';

const SAMPLE_BYTES = 2;

export class VoskSession implements ProtocolSession {
  private stream: RecognitionStream | undefined;
  private config: VoskConfig = {};
  private readonly blocks = new WholeBlocks(SAMPLE_BYTES);
  private state: 'open' | 'ending' | 'closed' = 'open';
  /** ended, not yet told */
  private finals: Segment[] = [];
  private partial = '';

  constructor(private readonly connection: Connection) {
    const { socket, log } = connection;
    socket.on('message', (data, isBinary) => this.onMessage(messageBytes(data), isBinary));
    socket.on('close', () => this.leave());
    socket.on('error', (error) => log.info({ reason: error.message }, 'socket error'));
  }

  /** Vosk has no message for failures: the close frame carries it. */
  fail(error: unknown): void {
    if (this.state === 'closed') return;
    const coded = asCoded(error);
    this.connection.log.info({ code: coded.code, reason: coded.message }, 'stream refused');
    this.close(closeCodeOf(coded), `${coded.code}: ${coded.message}`);
  }

  private onMessage(bytes: Buffer, isBinary: boolean): void {
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
    const message = parseVoskMessage(text);
    if ('eof' in message) this.end();
    else if ('reset' in message) this.finalise(() => undefined);
    // After the first audio, what is said of replies still holds; the audio's rate and phrases stay as they are.
    else this.config = { ...this.config, ...message.config };
  }

  private onAudio(bytes: Buffer): void {
    let audio = bytes;
    if (!this.stream) {
      const riff = readRiffStart(bytes);
      audio = riff?.audio ?? bytes;
      this.stream = this.open(Math.round(this.config.sample_rate ?? riff?.sampleRate ?? DEFAULT_RATE));
    }
    const stream = this.stream;
    stream.push(this.blocks.take(audio));
    this.reply();
    throttle(this.connection.socket, [stream], this.connection.limits.maxPendingBytes);
  }

  private open(sampleRate: number): RecognitionStream {
    const { phrase_list: phrases = [], max_alternatives: alternatives = 0 } = this.config;
    this.connection.log.info({ sampleRate }, 'stream started');
    return this.connection.engine.openStream({
      sampleRate,
      encoding: 's16le',
      hotwords: hotwordsOf(phrases.filter((phrase) => phrase !== '[unk]')),
      alternatives: Math.max(1, alternatives),
      onSegment: (segment) => {
        if (segment.isFinal) this.finals.push(segment);
        this.partial = segment.isFinal ? '' : segment.text;
      },
      onError: (error) => this.fail(error),
    });
  }

  /** What is known when a packet comes is its reply: the oldest utterance that ended, or the one under way. */
  private reply(): void {
    const ended = this.finals.shift();
    this.send(ended ? finalReply([ended], this.config) : { partial: this.partial });
  }

  private finalise(then: () => void): void {
    const done = () => {
      if (this.state === 'closed') return;
      const ended = this.finals;
      this.finals = [];
      this.partial = '';
      this.send(finalReply(ended, this.config));
      then();
    };
    // Failures come by `onError`.
    if (this.stream) this.stream.finalize().then(done, () => undefined);
    else done();
  }

  private end(): void {
    this.state = 'ending';
    this.finalise(() => {
      this.connection.log.info('stream done');
      this.close(1000, '');
    });
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

  private send(reply: VoskReply): void {
    const { socket } = this.connection;
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(reply));
  }
}
