/** A recording posted to Deepgram's endpoint goes in, its transcript in Deepgram's form comes out. */
import { createHash, randomUUID } from 'node:crypto';
import type { RawFormat } from '@auricle/audio';
import type { Context } from 'hono';
import { z } from 'zod';
import { asCoded, servingError } from '../../errors.js';
import type { Segment } from '../../results.js';
import { described } from '../documents/description.js';
import { rulesFor } from '../endpoint-rules.js';
import { confidence, seconds } from '../numbers.js';
import type { ProtocolServices } from '../protocol.js';
import { channelsOf, transcribeRecording } from '../recording.js';
import { readBody } from '../request-body.js';
import { deepgramHotwords } from './hotwords.js';
import { RAW } from './intake.js';
import { alternativeSchema, modelInfoSchema, wordSchema } from './messages.js';
import { type PrerecordedParameters, parsePrerecorded } from './parameters.js';
import { refusal } from './refusal.js';
import { alternative, extraRecord, servedModel } from './results.js';

/** Seconds of pause between utterances, where the request names none. */
const UTTERANCE_PAUSE = 0.8;

const time = z.number().nonnegative();
export const prerecordedResponseSchema = z.object({
  metadata: z.object({
    transaction_key: z.literal('deprecated'),
    request_id: z.string(),
    sha256: z.string(),
    created: z.string(),
    duration: time,
    channels: z.number().int(),
    models: z.array(z.string()),
    model_info: z.record(z.string(), modelInfoSchema),
    extra: z.record(z.string(), z.string()).optional(),
  }),
  results: z.object({
    channels: z.array(z.object({ alternatives: z.array(alternativeSchema) })),
    utterances: z
      .array(
        z.object({
          start: time,
          end: time,
          confidence: z.number(),
          channel: z.number().int(),
          transcript: z.string(),
          words: z.array(wordSchema),
          id: z.string(),
        }),
      )
      .optional()
      .meta(described('works', 'with `utterances=true`')),
  }),
});
export type PrerecordedResponse = z.output<typeof prerecordedResponseSchema>;

export async function answerPrerecorded(c: Context, services: ProtocolServices): Promise<Response> {
  try {
    const parameters = parsePrerecorded(new URL(c.req.url).searchParams);
    const hotwords = deepgramHotwords(parameters);
    const model = services.engine.servedModel(parameters.model);
    const type = c.req.header('content-type') ?? '';
    const body = await readBody(c, services.limits.maxUploadBytes);
    if (type.startsWith('application/json'))
      throw servingError('AUR_PROTOCOL_PARAMETER', {
        problems: 'body: seen JSON, expected audio: the service fetches no recordings from other addresses',
      });
    const raw = rawFormatOf(parameters);
    const count = parameters.multichannel ? await channelsOf(body, raw) : 1;
    const work = Array.from({ length: count }, (_, channel) =>
      transcribeRecording(services.engine, body, {
        raw,
        channel: parameters.multichannel ? channel : 'mix',
        model,
        hotwords,
        endpointRules: rulesFor(parameters.utt_split ?? UTTERANCE_PAUSE),
        signal: c.req.raw.signal,
      }),
    );
    const heard = await Promise.all(work);
    return c.json(response(services, parameters, body, heard));
  } catch (error) {
    const coded = asCoded(error);
    services.log.info({ protocol: 'deepgram', code: coded.code, reason: coded.message }, 'request refused');
    const { status, headers, body } = refusal(coded);
    return new Response(body, { status, headers });
  }
}

function rawFormatOf({ encoding, sample_rate: sampleRate, channels }: PrerecordedParameters): RawFormat | undefined {
  const raw = encoding && RAW[encoding];
  if (encoding === 'opus')
    throw servingError('AUR_PROTOCOL_PARAMETER', {
      problems: 'encoding: seen opus, whose packets need a container in a file: expected ogg-opus',
    });
  return raw && { encoding: raw, sampleRate: sampleRate!, channels };
}

function response(
  { engine }: ProtocolServices,
  parameters: PrerecordedParameters,
  body: Uint8Array,
  heard: readonly { segments: Segment[]; audioSeconds: number }[],
): PrerecordedResponse {
  const { uuid, info } = servedModel(engine.bundleOf(engine.servedModel(parameters.model)));
  const extra = extraRecord(parameters.extra);
  return {
    metadata: {
      transaction_key: 'deprecated',
      request_id: randomUUID(),
      sha256: createHash('sha256').update(body).digest('hex'),
      created: new Date().toISOString(),
      duration: seconds(Math.max(...heard.map(({ audioSeconds }) => audioSeconds))),
      channels: heard.length,
      models: [uuid],
      model_info: { [uuid]: info },
      ...(extra && { extra }),
    },
    results: {
      channels: heard.map(({ segments }) => ({ alternatives: [alternative(segments)] })),
      ...(parameters.utterances && { utterances: utterances(heard) }),
    },
  };
}

const utterances = (heard: readonly { segments: Segment[] }[]) =>
  heard
    .flatMap(({ segments }, channel) =>
      segments.map((segment) => ({
        start: seconds(segment.start),
        end: seconds(segment.end),
        confidence: confidence(segment.confidence),
        channel,
        transcript: segment.text,
        words: alternative([segment]).words,
        id: randomUUID(),
      })),
    )
    .sort((one, other) => one.start - other.start);
