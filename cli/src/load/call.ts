/** A recording and a server's address go in; it is streamed at the pace of speech over a connection of its own, and how that went comes out. */
import type { IncomingMessage } from 'node:http';
import WebSocket from 'ws';
import { LOAD_RATE, type LoadProtocol } from './protocols.js';

export interface CallOptions {
  address: string;
  protocol: LoadProtocol;
  /** ms of audio a packet */
  packetMs: number;
  /** at the pace of speech; else as fast as it goes */
  isPaced: boolean;
  key?: string;
}

/** What is told while it goes on. */
export interface CallListener {
  /** The server has taken the stream. */
  opened(): void;
  sent(seconds: number, lateMs: number): void;
  /** ms from the sending of a partial's last word to the partial */
  partial(ms: number): void;
}

export interface CallResult {
  /** what was heard; undefined where the stream failed */
  text?: string;
  /** from the last packet of audio to the end of the transcript, ms */
  finalMs?: number;
  /** why it failed */
  code?: string;
  /** it failed because the server takes no more for now */
  isRefused?: boolean;
}

const BYTES_PER_MS = (2 * LOAD_RATE) / 1000;
/** A server that has not ended its transcript by then has lost the stream, ms. */
const MOST_WAIT_MS = 60_000;
/** RFC 6455's "try again later" (of IANA's registry). */
const TRY_AGAIN = 1013;
const MOST_BODY_BYTES = 4096;

/** Never rejects: failures are results. */
export function call(recording: Buffer, options: CallOptions, listener: CallListener): Promise<CallResult> {
  return new Promise((resolve) => new Call(recording, options, listener, resolve).start());
}

class Call {
  private readonly socket: WebSocket;
  private timer: NodeJS.Timeout | undefined;
  private startedAt = 0;
  private sentBytes = 0;
  /** when each packet was sent */
  private readonly sentAt: number[] = [];
  private heardEnd = 0;
  private readonly finals: string[] = [];
  /** of the segment that is not final */
  private openText = '';
  private isOver = false;

  constructor(
    private readonly recording: Buffer,
    private readonly options: CallOptions,
    private readonly listener: CallListener,
    private readonly settle: (result: CallResult) => void,
  ) {
    const { address, key } = options;
    this.socket = new WebSocket(address, {
      perMessageDeflate: false,
      handshakeTimeout: MOST_WAIT_MS,
      headers: key === undefined ? {} : { Authorization: `Bearer ${key}` },
    });
  }

  start(): void {
    const { first, awaitsReady } = this.options.protocol;
    this.socket.on('open', () => {
      for (const message of first) this.socket.send(message);
      if (!awaitsReady) this.begin();
    });
    this.socket.on('message', (data, isBinary) => {
      if (!isBinary) this.hear(data.toString());
    });
    this.socket.on('unexpected-response', (_, response) => void this.refused(response));
    this.socket.on('error', (error: Error & { code?: string }) => this.end({ code: error.code ?? error.message }));
    this.socket.on('close', (code, reason) => this.closed(code, reason.toString()));
  }

  private begin(): void {
    this.listener.opened();
    this.startedAt = performance.now();
    this.pace();
  }

  /** Sends every packet that is due, each when its last sample has been spoken. */
  private pace(): void {
    const { packetMs, isPaced } = this.options;
    for (;;) {
      if (this.sentBytes >= this.recording.length) {
        this.finish();
        return;
      }
      const next = Math.min(this.sentBytes + packetMs * BYTES_PER_MS, this.recording.length);
      const now = performance.now();
      const dueIn = isPaced ? this.startedAt + next / BYTES_PER_MS - now : 0;
      if (dueIn > 0) {
        this.timer = setTimeout(() => this.pace(), dueIn);
        return;
      }
      this.socket.send(this.options.protocol.packet(this.recording.subarray(this.sentBytes, next)));
      this.listener.sent((next - this.sentBytes) / BYTES_PER_MS / 1000, -dueIn);
      this.sentAt.push(now);
      this.sentBytes = next;
    }
  }

  private finish(): void {
    this.socket.send(this.options.protocol.last);
    this.timer = setTimeout(() => this.end({ code: 'NO_END' }), MOST_WAIT_MS);
  }

  private hear(message: string): void {
    if (this.isOver) return;
    try {
      for (const heard of this.options.protocol.hear(message)) {
        if (heard.kind === 'ready') this.begin();
        else if (heard.kind === 'partial') this.partial(heard.text, heard.end);
        else if (heard.kind === 'final') this.final(heard.text);
        else if (heard.kind === 'failure') this.end({ code: heard.code, isRefused: this.sentBytes === 0 });
        else if (heard.kind === 'over') this.done();
      }
    } catch {
      this.end({ code: 'NOT_UNDERSTOOD' });
    }
  }

  private final(text: string): void {
    this.finals.push(text);
    this.openText = '';
  }

  private partial(text: string, end: number | undefined): void {
    this.openText = text;
    if (end === undefined || end <= this.heardEnd) return;
    this.heardEnd = end;
    const sent = this.sentAt[Math.floor((end * 1000) / this.options.packetMs)] ?? this.sentAt.at(-1);
    if (sent !== undefined && this.options.isPaced) this.listener.partial(performance.now() - sent);
  }

  private done(): void {
    const parts = this.options.protocol.lastPartialStands ? [...this.finals, this.openText] : this.finals;
    const text = parts.filter((part) => part !== '').join(' ');
    this.end({ text, finalMs: performance.now() - this.sentAt[this.sentAt.length - 1] });
  }

  private closed(code: number, reason: string): void {
    const isAnswered = this.sentBytes >= this.recording.length && code === 1000;
    if (isAnswered) this.done();
    else this.end({ code: codeIn(reason) ?? `CLOSED_${code}`, isRefused: code === TRY_AGAIN });
  }

  private async refused(response: IncomingMessage): Promise<void> {
    let body = '';
    try {
      for await (const part of response) {
        body += part;
        if (body.length > MOST_BODY_BYTES) break;
      }
    } catch {
      // What has come is enough.
    }
    const { statusCode = 0 } = response;
    this.end({ code: codeIn(body) ?? `HTTP_${statusCode}`, isRefused: statusCode === 503 || statusCode === 429 });
  }

  private end(result: CallResult): void {
    if (this.isOver) return;
    this.isOver = true;
    clearTimeout(this.timer);
    // Nothing waits for the other side's farewell.
    if (this.socket.readyState === WebSocket.OPEN) this.socket.close();
    else if (this.socket.readyState === WebSocket.CONNECTING) this.socket.terminate();
    this.settle(result);
  }
}

const codeIn = (text: string): string | undefined => /AUR_[A-Z_]+/.exec(text)?.[0];
