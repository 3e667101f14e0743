/** One connection to Deepgram's live endpoint: audio and control messages go in, results come out on the same socket. */
import { createHash, randomUUID } from 'node:crypto';
import { PCM_ENCODINGS } from '@auricle/audio';
import { asCoded, servingError } from '../../errors.js';
import type { IntakeFormat } from '../audio/intake.js';
import { IntakeQueue } from '../audio/intake-queue.js';
import { rulesFor } from '../endpoint-rules.js';
import { closeReason, messageBytes } from '../message-bytes.js';
import { seconds } from '../numbers.js';
import type { Connection, ProtocolSession } from '../protocol.js';
import { throttle } from '../throttle.js';
import { DeepgramChannel } from './channel.js';
import { deepgramHotwords } from './hotwords.js';
import { intakeOf } from './intake.js';
import { parseControl, type ServerMessage } from './messages.js';
import { type LiveParameters, parseLive } from './parameters.js';
import { closeOf } from './refusal.js';
import { extraRecord, servedModel } from './results.js';

export class DeepgramSession implements ProtocolSession {
  private readonly parameters: LiveParameters;
  private audio!: IntakeQueue;
  private channels: DeepgramChannel[] = [];
  private state: 'open' | 'ending' | 'closed' = 'open';
  private readonly requestId = randomUUID();
  private readonly created = new Date();
  private readonly digest = createHash('sha256');
  private readonly idle: NodeJS.Timeout;

  constructor(private readonly connection: Connection) {
    const { socket, log, url, limits } = connection;
    socket.on('message', (data, isBinary) => this.onMessage(messageBytes(data), isBinary));
    socket.on('close', () => this.leave());
    socket.on('error', (error) => log.info({ reason: error.message }, 'socket error'));
    this.parameters = parseLive(url.searchParams);
    this.idle = setTimeout(
      () => this.fail(servingError('AUR_PROTOCOL_IDLE', { seconds: limits.idleMs / 1000 })),
      limits.idleMs,
    );
    try {
      this.audio = new IntakeQueue(this.openIntake(), (error) => this.fail(error));
    } catch (error) {
      this.fail(error);
    }
  }

  /** Tells the client by the close frame, as Deepgram does. */
  fail(error: unknown): void {
    if (this.state === 'closed') return;
    const coded = asCoded(error);
    this.connection.log.info({ code: coded.code, reason: coded.message }, 'stream refused');
    const { code, reason } = closeOf(coded);
    this.close(code, reason);
  }

  /** The audio may need a head before streams can be opened. */
  private openIntake() {
    return intakeOf(this.parameters, {
      open: (format) => this.openChannels(format),
      push: (channel, audio) => this.channels[channel].push(audio),
    });
  }

  private openChannels({ sampleRate, channels, encoding }: IntakeFormat): void {
    const { engine, log } = this.connection;
    const model = engine.servedModel(this.parameters.model);
    const { uuid, info } = servedModel(engine.bundleOf(model));
    const extra = extraRecord(this.parameters.extra);
    const metadata = { request_id: this.requestId, model_info: info, model_uuid: uuid, ...(extra && { extra }) };
    for (let channel = 0; channel < channels; channel++)
      this.channels.push(
        new DeepgramChannel({
          engine,
          parameters: this.parameters,
          stream: {
            sampleRate,
            encoding,
            model,
            hotwords: deepgramHotwords(this.parameters),
            endpointRules: rulesFor(pauseOf(this.parameters)),
          },
          place: [channel, channels],
          bytesPerSecond: sampleRate * (encoding === PCM_ENCODINGS[0] ? 2 : 4),
          metadata,
          send: (message) => this.send(message),
          onError: (error) => this.fail(error),
        }),
      );
    log.info({ sampleRate, encoding: this.parameters.encoding ?? 'container', channels }, 'stream started');
  }

  private onMessage(bytes: Buffer, isBinary: boolean): void {
    if (this.state !== 'open') return;
    this.idle.refresh();
    try {
      const { maxMessageBytes: limit } = this.connection.limits;
      if (bytes.length > limit) throw servingError('AUR_PROTOCOL_TOO_LARGE', { bytes: bytes.length, limit });
      if (!isBinary) this.onText(bytes.toString('utf8'));
      // Older clients end a stream so.
      else if (bytes.length === 0) this.end();
      else this.onAudio(bytes);
    } catch (error) {
      this.fail(error);
    }
  }

  private onText(text: string): void {
    let type: string;
    try {
      ({ type } = parseControl(text));
    } catch (error) {
      const { message } = asCoded(error);
      this.send({ type: 'Error', variant: 'UnparsableClientMessage', description: message, message });
      throw error;
    }
    if (type === 'CloseStream') this.end();
    else if (type === 'Finalize')
      this.audio.after(async () => {
        await Promise.all(this.channels.map((channel) => channel.finalize()));
      });
  }

  private onAudio(bytes: Buffer): void {
    this.digest.update(bytes);
    this.audio.push(bytes);
    throttle(this.connection.socket, [this.audio, ...this.channels], this.connection.limits.maxPendingBytes);
  }

  private end(): void {
    this.state = 'ending';
    clearTimeout(this.idle);
    this.audio.end();
    this.audio.after(async () => {
      const lengths = await Promise.all(this.channels.map((channel) => channel.finish()));
      if (this.state !== 'ending') return;
      const { engine } = this.connection;
      const { uuid, info } = servedModel(engine.bundleOf(engine.servedModel(this.parameters.model)));
      const extra = extraRecord(this.parameters.extra);
      this.send({
        type: 'Metadata',
        transaction_key: 'deprecated',
        request_id: this.requestId,
        sha256: this.digest.digest('hex'),
        created: this.created.toISOString(),
        duration: seconds(Math.max(0, ...lengths)),
        channels: this.channels.length,
        models: [uuid],
        model_info: { [uuid]: info },
        ...(extra && { extra }),
      });
      this.connection.log.info({ audioSeconds: lengths[0] ?? 0 }, 'stream done');
      this.close(1000, '');
    });
  }

  private leave(): void {
    this.state = 'closed';
    clearTimeout(this.idle);
    for (const channel of this.channels) channel.close();
  }

  private close(code: number, reason: string): void {
    this.leave();
    const { socket } = this.connection;
    // A paused socket would never see the client's answer to the close.
    socket.resume();
    socket.close(code, closeReason(reason));
  }

  private send(message: ServerMessage): void {
    const { socket } = this.connection;
    if (this.state !== 'closed' && socket.readyState === socket.OPEN) socket.send(JSON.stringify(message));
  }
}

/** Seconds of pause that end an utterance: by default the shortest. */
function pauseOf({ endpointing = 'true' }: LiveParameters): number | undefined {
  if (endpointing === 'false') return undefined;
  return endpointing === 'true' ? 0 : Number(endpointing) / 1000;
}
