/** What a client says of its Realtime session goes in, in the present or the older form; a whole configuration comes out. */
import { z } from 'zod';
import { described } from '../documents/description.js';

const language = z.string().max(100).nullish();
const transcription = z.strictObject({
  model: z
    .string()
    .max(200)
    .optional()
    .meta(described('works', 'one of those of `/v1/models`; with any other name the default one answers')),
  language: language.meta(described('no effect', 'the language is that of the model served')),
  languages: z
    .array(z.string().max(100))
    .optional()
    .meta(described('no effect', 'the language is that of the model served')),
  prompt: z
    .string()
    .max(10_000)
    .optional()
    .meta(
      described('partly', 'its phrases of up to five words, parted by commas, points or lines, are heard more readily'),
    ),
  keywords: z.array(z.string().max(200)).max(1000).optional().meta(described('works', 'phrases to hear more readily')),
  delay: z.string().max(20).optional().meta(described('no effect', "the model's chunks set the delay")),
});

const serverVad = z.strictObject({
  type: z.literal('server_vad'),
  threshold: z.number().min(0).max(1).optional().meta(described('no effect', 'the model itself hears what is speech')),
  prefix_padding_ms: z
    .number()
    .min(0)
    .max(10_000)
    .optional()
    .meta(described('partly', '`audio_start_ms` lies so much before the first word')),
  silence_duration_ms: z
    .number()
    .min(0)
    .max(60_000)
    .optional()
    .meta(described('works', 'pause that ends an utterance, default 500; below 300 it is 300')),
  create_response: z.boolean().optional().meta(described('no effect', 'a transcription session answers nothing')),
  interrupt_response: z.boolean().optional().meta(described('no effect', 'a transcription session answers nothing')),
  idle_timeout_ms: z.number().nullish().meta(described('no effect', 'a transcription session answers nothing')),
});
const semanticVad = z
  .strictObject({
    type: z.literal('semantic_vad'),
    eagerness: z.string().max(20).optional().meta(described('no effect', 'pauses are those of `server_vad`')),
    create_response: z.boolean().optional(),
    interrupt_response: z.boolean().optional(),
  })
  .meta(described('partly', 'as `server_vad` with its defaults'));
const turnDetection = z
  .discriminatedUnion('type', [serverVad, semanticVad])
  .nullable()
  .meta(described('works', '`null`: an utterance ends when the client commits it'));

const format = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('audio/pcm'), rate: z.literal(24_000).default(24_000) }),
  z.strictObject({ type: z.literal('audio/pcmu') }),
  z.strictObject({ type: z.literal('audio/pcma') }),
]);
const noiseReduction = z
  .looseObject({ type: z.string().optional() })
  .nullable()
  .meta(described('no effect', 'the audio is heard as it comes'));
const include = z
  .array(z.literal('item.input_audio_transcription.logprobs'))
  .nullable()
  .meta(described('no effect yet', 'log-probs are not told'));

/** The session of a `session.update`. */
export const sessionSchema = z.strictObject({
  type: z.literal('transcription'),
  audio: z
    .strictObject({
      input: z
        .strictObject({
          format: format.optional().meta(described('works', '24 kHz 16-bit PCM, or G.711 at 8 kHz')),
          transcription: transcription.nullish(),
          turn_detection: turnDetection.optional(),
          noise_reduction: noiseReduction.optional(),
        })
        .optional(),
    })
    .optional(),
  include: include.optional(),
});

/** The session of a `transcription_session.update`, the older form. */
export const olderSessionSchema = z.strictObject({
  input_audio_format: z.enum(['pcm16', 'g711_ulaw', 'g711_alaw']).optional(),
  input_audio_transcription: transcription.nullish(),
  turn_detection: turnDetection.optional(),
  input_audio_noise_reduction: noiseReduction.optional(),
  include: include.optional(),
  modalities: z.array(z.string()).optional().meta(described('no effect', 'a transcription session answers with text')),
});

export type AudioFormat = z.output<typeof format>;
export type Transcription = z.output<typeof transcription>;
export type TurnDetection = z.output<typeof turnDetection>;

export interface SessionConfig {
  format: AudioFormat;
  transcription: Transcription | null;
  turnDetection: TurnDetection;
  include: string[] | null;
}

/** ms of `server_vad` where the client names none. */
export const SILENCE_MS = 500;
export const PADDING_MS = 300;

export const DEFAULT_CONFIG: SessionConfig = {
  format: { type: 'audio/pcm', rate: 24_000 },
  transcription: null,
  turnDetection: {
    type: 'server_vad',
    threshold: 0.5,
    prefix_padding_ms: PADDING_MS,
    silence_duration_ms: SILENCE_MS,
  },
  include: null,
};

/** What the client leaves out stays as it was. */
export function updatedConfig(
  before: SessionConfig,
  { audio, include }: z.output<typeof sessionSchema>,
): SessionConfig {
  const input = audio?.input ?? {};
  return {
    format: input.format ?? before.format,
    transcription: input.transcription === undefined ? before.transcription : input.transcription,
    turnDetection: input.turn_detection === undefined ? before.turnDetection : input.turn_detection,
    include: include === undefined ? before.include : include,
  };
}

const OLDER_FORMATS: Record<string, AudioFormat> = {
  pcm16: { type: 'audio/pcm', rate: 24_000 },
  g711_ulaw: { type: 'audio/pcmu' },
  g711_alaw: { type: 'audio/pcma' },
};

export function updatedByOlder(before: SessionConfig, session: z.output<typeof olderSessionSchema>): SessionConfig {
  const { input_audio_format: name, input_audio_transcription: transcription, turn_detection, include } = session;
  return {
    format: name ? OLDER_FORMATS[name] : before.format,
    transcription: transcription === undefined ? before.transcription : transcription,
    turnDetection: turn_detection === undefined ? before.turnDetection : turn_detection,
    include: include === undefined ? before.include : include,
  };
}

/** As `session.created` and `session.updated` tell it. */
export const sessionRecord = (id: string, config: SessionConfig) => ({
  type: 'transcription' as const,
  object: 'realtime.transcription_session' as const,
  id,
  audio: {
    input: {
      format: config.format,
      transcription: config.transcription,
      turn_detection: config.turnDetection,
      noise_reduction: null,
    },
  },
  include: config.include,
});

/** As `transcription_session.updated` tells it. */
export const olderSessionRecord = (id: string, config: SessionConfig) => ({
  object: 'realtime.transcription_session' as const,
  id,
  input_audio_format: Object.keys(OLDER_FORMATS).find((name) => OLDER_FORMATS[name].type === config.format.type)!,
  input_audio_transcription: config.transcription,
  turn_detection: config.turnDetection,
  include: config.include,
});
