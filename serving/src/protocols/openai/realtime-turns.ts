/** The segments of a Realtime session's stream go in; events about its items, each an utterance, come out. */
import { randomBytes } from 'node:crypto';
import type { SpeechEvent } from '@auricle/decoding';
import type { Segment } from '../../results.js';
import { StableText } from '../stable-text.js';
import type { Item, ServerEvent } from './realtime-messages.js';
import { usageOf } from './transcription-response.js';

export interface TurnOptions {
  send: (event: ServerEvent) => void;
  /** an utterance ends by itself at a pause; otherwise when the client commits it */
  byPauses: boolean;
  /** ms before the first word that are told as part of the speech */
  paddingMs: number;
  /** of the session's audio before the stream's */
  startMs: number;
}

const newId = (kind: string) => `${kind}_${randomBytes(12).toString('hex')}`;

/** The order of a session's items, over all of its streams. */
export class ItemChain {
  private last: string | null = null;

  /** @returns the item before it */
  append(id: string): string | null {
    const before = this.last;
    this.last = id;
    return before;
  }
}

export class RealtimeTurns {
  private current: string | undefined;
  private readonly stable = new StableText();
  /** told when the client commits */
  private finals: Segment[] = [];
  private committing: string[] = [];
  /** an utterance ended since all of the last commit had come */
  private hasEnded = false;

  constructor(
    private readonly options: TurnOptions,
    private readonly items: ItemChain,
  ) {}

  take(segment: Segment): void {
    if (!this.options.byPauses) {
      if (segment.isFinal) this.finals.push(segment);
      return;
    }
    const item = this.current ?? this.begin(segment.words[0]?.start ?? segment.start);
    if (!segment.isFinal) {
      this.tellDelta(item, this.stable.take(segment));
      return;
    }
    this.options.send({
      type: 'input_audio_buffer.speech_stopped',
      audio_end_ms: this.msOf(segment.end),
      item_id: item,
    });
    this.tellItem(item);
    this.tellDelta(item, this.stable.take(segment));
    this.complete(item, [segment]);
    this.current = undefined;
    this.hasEnded = true;
  }

  /** Speech is heard before its words are. Noise may be taken for it: then the item is that of the words that follow. */
  speech({ type, time }: SpeechEvent): void {
    if (this.options.byPauses && type === 'speech_started' && !this.current) this.begin(time);
  }

  /** The client ends the utterance; what is left of it is still to come. */
  commit(): void {
    if (this.options.byPauses) return;
    const item = newId('item');
    this.committing.push(item);
    this.tellItem(item);
  }

  /** All up to the commit has come. */
  committed(): void {
    if (this.options.byPauses) {
      // Nothing was said: an item all the same, for the client waits for one.
      if (!this.hasEnded) {
        const item = newId('item');
        this.tellItem(item);
        this.complete(item, []);
      }
      this.hasEnded = false;
      return;
    }
    const item = this.committing.shift()!;
    const { finals } = this;
    this.finals = [];
    finals.forEach(({ text }, i) => {
      this.tellDelta(item, i === 0 ? text : ` ${text}`);
    });
    this.complete(item, finals);
  }

  /** The audio under way can be heard no further. */
  fail(error: { message: string; type: string; code: string | null }): void {
    const item = this.current ?? this.committing[0];
    if (!item) return;
    this.options.send({
      type: 'conversation.item.input_audio_transcription.failed',
      item_id: item,
      content_index: 0,
      error: { ...error, param: null },
    });
  }

  private msOf(seconds: number): number {
    return Math.max(0, Math.round(this.options.startMs + seconds * 1000));
  }

  private begin(seconds: number): string {
    const item = newId('item');
    this.current = item;
    this.options.send({
      type: 'input_audio_buffer.speech_started',
      audio_start_ms: Math.max(0, this.msOf(seconds) - this.options.paddingMs),
      item_id: item,
    });
    return item;
  }

  private tellItem(id: string): void {
    const { send } = this.options;
    const before = this.items.append(id);
    const item: Item = {
      id,
      object: 'realtime.item',
      type: 'message',
      status: 'completed',
      role: 'user',
      content: [{ type: 'input_audio', transcript: null }],
    };
    send({ type: 'input_audio_buffer.committed', item_id: id, previous_item_id: before });
    send({ type: 'conversation.item.added', previous_item_id: before, item });
    send({ type: 'conversation.item.done', previous_item_id: before, item });
  }

  private tellDelta(item: string, delta: string): void {
    if (delta === '') return;
    this.options.send({
      type: 'conversation.item.input_audio_transcription.delta',
      item_id: item,
      content_index: 0,
      delta,
    });
  }

  private complete(item: string, segments: readonly Segment[]): void {
    const length = segments.reduce((sum, { start, end }) => sum + end - start, 0);
    this.options.send({
      type: 'conversation.item.input_audio_transcription.completed',
      item_id: item,
      content_index: 0,
      transcript: segments.map(({ text }) => text).join(' '),
      usage: usageOf(length),
    });
  }
}
