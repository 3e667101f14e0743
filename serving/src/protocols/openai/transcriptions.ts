/** A recording posted to OpenAI's endpoint goes in, its transcript comes out, whole or as events while it is heard. */
import type { AuricleError } from '@auricle/audio';
import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import { asCoded } from '../../errors.js';
import { standardHeaders } from '../../refusals.js';
import type { Transcript } from '../../results.js';
import { hotwordsOf, promptHotwords } from '../hotword-phrases.js';
import type { ProtocolServices } from '../protocol.js';
import { type RecordingOptions, transcribeRecording } from '../recording.js';
import { readBody } from '../request-body.js';
import { StableText } from '../stable-text.js';
import { errorBody, ParameterError, parameterBody } from './errors.js';
import { readTranscriptionForm, type TranscriptionRequest } from './transcription-request.js';
import { srt, type TranscriptionEvent, usageOf, verboseTranscription, vtt } from './transcription-response.js';

export async function answerTranscription(c: Context, services: ProtocolServices): Promise<Response> {
  try {
    const request = readTranscriptionForm(await readForm(c, services.limits.maxUploadBytes));
    const audio = new Uint8Array(await request.file.arrayBuffer());
    const model = services.engine.servedModel(request.model);
    const options: RecordingOptions = {
      model,
      hotwords: hotwordsOf([...promptHotwords(request.prompt ?? ''), ...(request.keywords ?? [])]),
      signal: c.req.raw.signal,
    };
    if (request.stream) return await answerByEvents(c, services, audio, options);
    const transcript = await transcribeRecording(services.engine, audio, options);
    return inFormat(c, request, transcript, services.engine.bundleOf(model).description.language);
  } catch (error) {
    return refuse(c, services, error);
  }
}

/** @throws ParameterError, AUR_PROTOCOL_TOO_LARGE */
async function readForm(c: Context, limit: number): Promise<FormData> {
  const type = c.req.header('content-type') ?? '';
  if (!type.startsWith('multipart/form-data'))
    throw new ParameterError(
      `Unsupported content type "${type}": expected multipart/form-data.`,
      null,
      'invalid_value',
    );
  const body = await readBody(c, limit);
  try {
    return await new Response(body, { headers: { 'content-type': type } }).formData();
  } catch (cause) {
    throw new ParameterError(`The form cannot be read: ${(cause as Error).message}.`, null, 'invalid_value');
  }
}

function inFormat(c: Context, request: TranscriptionRequest, transcript: Transcript, language: string): Response {
  const { text, segments, audioSeconds } = transcript;
  switch (request.response_format) {
    case 'text':
      return c.text(`${text}\n`);
    case 'srt':
      return c.text(srt(segments));
    case 'vtt':
      return c.body(vtt(segments), 200, { 'Content-Type': 'text/vtt; charset=utf-8' });
    case 'verbose_json':
      return c.json(verboseTranscription(transcript, language, request.timestamp_granularities));
    case 'json':
      return c.json({ text, usage: usageOf(audioSeconds) });
  }
}

/** What fails before the first text is answered with a status; later there is only an event left. */
async function answerByEvents(
  c: Context,
  services: ProtocolServices,
  audio: Uint8Array,
  options: RecordingOptions,
): Promise<Response> {
  const events: TranscriptionEvent[] = [];
  let wake: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const stable = new StableText();
  let told = false;
  const delta = (piece: string, isNew: boolean) => {
    if (piece === '') return;
    events.push({ type: 'transcript.text.delta', delta: isNew && told ? ` ${piece}` : piece });
    told = true;
    wake();
  };
  let isNew = true;
  const work = transcribeRecording(services.engine, audio, {
    ...options,
    onSegment: (segment) => {
      const piece = stable.take(segment);
      delta(piece, isNew);
      if (piece !== '') isNew = false;
      if (segment.isFinal) isNew = true;
    },
  });
  let failure: unknown;
  let isOver = false;
  const over = work.then(
    ({ text, audioSeconds }) => {
      events.push({ type: 'transcript.text.done', text, usage: usageOf(audioSeconds) });
    },
    (error) => {
      failure = error;
    },
  );
  const ended = over.finally(() => {
    isOver = true;
    wake();
  });
  await begun;
  if (failure !== undefined && !told) throw failure;
  return streamSSE(c, async (stream) => {
    for (;;) {
      for (let event = events.shift(); event; event = events.shift())
        await stream.writeSSE({ data: JSON.stringify(event) });
      if (isOver) break;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    await ended;
    if (failure !== undefined)
      await stream.writeSSE({ event: 'error', data: JSON.stringify(errorBody(asCoded(failure)).body) });
    else await stream.writeSSE({ data: '[DONE]' });
  });
}

export function refuse(c: Context, { log }: ProtocolServices, error: unknown): Response {
  if (error instanceof ParameterError) {
    log.info({ protocol: 'openai', code: error.code, param: error.param, reason: error.message }, 'request refused');
    return c.json(parameterBody(error), 400);
  }
  const coded: AuricleError = asCoded(error);
  log.info({ protocol: 'openai', code: coded.code, reason: coded.message }, 'request refused');
  const { status, body } = errorBody(coded);
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...standardHeaders(status, coded), 'Content-Type': 'application/json' },
  });
}
