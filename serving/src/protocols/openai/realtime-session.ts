/** One Realtime connection for transcription: events go in, events about what was said come out on the same socket. */
import { randomBytes, randomUUID } from 'node:crypto';
import { asCoded, closeCodeOf, servingError } from '../../errors.js';
import type { RecognitionStream } from '../../recognition-stream.js';
import { RawIntake } from '../audio/raw-intake.js';
import { rulesFor } from '../endpoint-rules.js';
import { hotwordsOf, promptHotwords } from '../hotword-phrases.js';
import { closeReason, messageBytes } from '../message-bytes.js';
import type { Connection, ProtocolSession } from '../protocol.js';
import { throttle } from '../throttle.js';
import { errorBody, ParameterError, parameterBody } from './errors.js';
import { type ClientEvent, parseClientEvent, type ServerEvent } from './realtime-messages.js';
import {
  DEFAULT_CONFIG,
  olderSessionRecord,
  PADDING_MS,
  type SessionConfig,
  SILENCE_MS,
  sessionRecord,
  updatedByOlder,
  updatedConfig,
} from './realtime-session-config.js';
import { ItemChain, RealtimeTurns } from './realtime-turns.js';

const FORMATS = {
  'audio/pcm': { encoding: 's16le', sampleRate: 24_000, bytesPerMs: 48 },
  'audio/pcmu': { encoding: 'mulaw', sampleRate: 8000, bytesPerMs: 8 },
  'audio/pcma': { encoding: 'alaw', sampleRate: 8000, bytesPerMs: 8 },
} as const;

/** Less audio than this is no utterance that could be committed. */
const LEAST_COMMIT_MS = 100;

/** The audio under one configuration. */
interface Hearing {
  stream: RecognitionStream;
  turns: RealtimeTurns;
  intake: RawIntake;
}

export class RealtimeSession implements ProtocolSession {
  private config: SessionConfig = DEFAULT_CONFIG;
  private hearing: Hearing | undefined;
  private readonly items = new ItemChain();
  private readonly id = `sess_${randomBytes(12).toString('hex')}`;
  private isClosed = false;
  /** Audio of the hearings before this one. */
  private msBefore = 0;
  private msHeard = 0;
  /** since the last commit or clear */
  private msBuffered = 0;

  constructor(private readonly connection: Connection) {
    const { socket, log } = connection;
    socket.on('message', (data) => this.onMessage(messageBytes(data)));
    socket.on('close', () => this.leave());
    socket.on('error', (error) => log.info({ reason: error.message }, 'socket error'));
    this.send({ type: 'session.created', session: sessionRecord(this.id, this.config) });
  }

  /** Sends an error event and closes. */
  fail(error: unknown): void {
    if (this.isClosed) return;
    const coded = asCoded(error);
    this.connection.log.info({ code: coded.code, reason: coded.message }, 'stream refused');
    const { message, type, code } = errorBody(coded).body.error;
    this.hearing?.turns.fail({ message, type, code });
    this.send({ type: 'error', error: { message, type, code, param: null, event_id: null } });
    this.leave();
    const { socket } = this.connection;
    // A paused socket would never see the client's answer to the close.
    socket.resume();
    socket.close(closeCodeOf(coded), closeReason(coded.code));
  }

  /** What a client can put right leaves the session open. */
  private onMessage(bytes: Buffer): void {
    if (this.isClosed) return;
    const { maxMessageBytes: limit } = this.connection.limits;
    if (bytes.length > limit) {
      this.fail(servingError('AUR_PROTOCOL_TOO_LARGE', { bytes: bytes.length, limit }));
      return;
    }
    const text = bytes.toString('utf8');
    try {
      this.perform(parseClientEvent(text));
    } catch (error) {
      if (error instanceof ParameterError) this.complain(error, text);
      else if (asCoded(error).code === 'AUR_PROTOCOL_NOT_JSON')
        this.complain(new ParameterError(asCoded(error).message, null, 'invalid_json'), '{}');
      else this.fail(error);
    }
  }

  private complain(error: ParameterError, text: string): void {
    const { message, type, code, param } = parameterBody(error).error;
    this.connection.log.info({ code, param, reason: message }, 'event refused');
    this.send({ type: 'error', error: { message, type, code, param, event_id: eventIdOf(text) } });
  }

  private perform(event: ClientEvent): void {
    switch (event.type) {
      case 'session.update':
        this.configure(updatedConfig(this.config, event.session));
        this.send({ type: 'session.updated', session: sessionRecord(this.id, this.config) });
        break;
      case 'transcription_session.update':
        this.configure(updatedByOlder(this.config, event.session));
        this.send({ type: 'transcription_session.updated', session: olderSessionRecord(this.id, this.config) });
        break;
      case 'input_audio_buffer.append':
        this.append(decodeBase64(event.audio));
        break;
      case 'input_audio_buffer.commit':
        this.commit();
        break;
      case 'input_audio_buffer.clear':
        this.hearing?.stream.close();
        this.retire();
        this.msBuffered = 0;
        this.send({ type: 'input_audio_buffer.cleared' });
    }
  }

  /** What was heard so far is told as it was asked for; the next audio is heard in the new way. */
  private configure(config: SessionConfig): void {
    // Phrases are checked now, while the client listens for the answer.
    hotwordsIn(config);
    this.config = config;
    // Failures come by `onError`.
    this.hearing?.stream.finish().catch(() => undefined);
    this.retire();
  }

  private retire(): void {
    this.hearing = undefined;
    this.msBefore += this.msHeard;
    this.msHeard = 0;
  }

  private append(audio: Buffer): void {
    this.hearing ??= this.open();
    const { stream, intake } = this.hearing;
    const length = audio.length / FORMATS[this.config.format.type].bytesPerMs;
    this.msHeard += length;
    this.msBuffered += length;
    intake.push(audio);
    throttle(this.connection.socket, [stream], this.connection.limits.maxPendingBytes);
  }

  private commit(): void {
    if (!this.hearing || this.msBuffered < LEAST_COMMIT_MS)
      throw new ParameterError(
        `Error committing input audio buffer: buffer too small. Expected at least ${LEAST_COMMIT_MS}ms of audio, but buffer only has ${this.msBuffered.toFixed(2)}ms of audio.`,
        null,
        'input_audio_buffer_commit_empty',
      );
    const { stream, turns } = this.hearing;
    this.msBuffered = 0;
    turns.commit();
    // Failures come by `onError`.
    stream.finalize().then(
      () => turns.committed(),
      () => undefined,
    );
  }

  private open(): Hearing {
    const { format, turnDetection } = this.config;
    const { encoding, sampleRate } = FORMATS[format.type];
    const vad = turnDetection?.type === 'server_vad' ? turnDetection : undefined;
    const turns = new RealtimeTurns(
      {
        send: (event) => this.send(event),
        byPauses: turnDetection !== null,
        paddingMs: vad?.prefix_padding_ms ?? PADDING_MS,
        startMs: this.msBefore,
      },
      this.items,
    );
    const { engine } = this.connection;
    const model = engine.servedModel(this.config.transcription?.model);
    let stream: RecognitionStream | undefined;
    const intake = new RawIntake({ encoding, sampleRate, channels: 1 }, 'mix', {
      open: (audio) => {
        stream = engine.openStream({
          sampleRate,
          encoding: audio.encoding,
          model,
          hotwords: hotwordsIn(this.config),
          endpointRules: rulesFor(turnDetection ? (vad?.silence_duration_ms ?? SILENCE_MS) / 1000 : undefined),
          onSpeech: turnDetection && engine.hearsSpeech(model) ? (event) => turns.speech(event) : undefined,
          onSegment: (segment) => turns.take(segment),
          onError: (error) => this.fail(error),
        });
      },
      push: (_, audio) => stream!.push(audio),
    });
    this.connection.log.info({ sampleRate, encoding, byPauses: turnDetection !== null }, 'stream started');
    return { stream: stream!, turns, intake };
  }

  private leave(): void {
    this.isClosed = true;
    this.hearing?.stream.close();
  }

  private send(event: ServerEvent): void {
    const { socket } = this.connection;
    if (!this.isClosed && socket.readyState === socket.OPEN)
      socket.send(JSON.stringify({ event_id: `event_${randomUUID()}`, ...event }));
  }
}

/** By the length of what it decodes to, for a pattern over all of its characters costs more than everything else here.
 *  @throws ParameterError */
function decodeBase64(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  const characters = text.endsWith('==') ? text.length - 2 : text.endsWith('=') ? text.length - 1 : text.length;
  if (bytes.length !== Math.floor((characters * 3) / 4))
    throw new ParameterError("Invalid value for 'audio': expected base64.", 'audio', 'invalid_value');
  return bytes;
}

/** @throws AUR_PROTOCOL_HOTWORDS */
const hotwordsIn = ({ transcription }: SessionConfig) =>
  hotwordsOf([...promptHotwords(transcription?.prompt ?? ''), ...(transcription?.keywords ?? [])]);

/** Of the event that an error is about, where it has one. */
function eventIdOf(text: string): string | null {
  try {
    const { event_id: id } = JSON.parse(text) as { event_id?: unknown };
    return typeof id === 'string' ? id : null;
  } catch {
    return null;
  }
}
