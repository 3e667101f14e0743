/** The form of a transcription request goes in, what it asks for comes out; docs/reference/protocols/openai.md lists every field. */
import { z } from 'zod';
import { described } from '../documents/description.js';
import { ParameterError, parameterError } from './errors.js';

export const FORMATS = ['json', 'text', 'srt', 'vtt', 'verbose_json'] as const;
export type ResponseFormat = (typeof FORMATS)[number];

const text = () => z.string().max(10_000);
const number = (low: number, high: number) =>
  z
    .string()
    .regex(/^\d+(\.\d+)?$/, `expected a number from ${low} to ${high}`)
    .transform(Number)
    .refine((value) => value >= low && value <= high, `expected a number from ${low} to ${high}`);

export const transcriptionFormSchema = z.strictObject({
  file: z.instanceof(Blob).meta({
    ...described('works', 'the recording: WAV, FLAC, Ogg, WebM, MP3, and what ffmpeg reads where it is installed'),
    type: 'string',
    format: 'binary',
  }),
  model: text().meta(described('works', 'one of those of `/v1/models`; with any other name the default one answers')),
  language: text().optional().meta(described('no effect', 'the language is that of the model served')),
  languages: z.array(text()).optional().meta(described('no effect', 'the language is that of the model served')),
  prompt: text()
    .optional()
    .meta(
      described('partly', 'its phrases of up to five words, parted by commas, points or lines, are heard more readily'),
    ),
  keywords: z.array(text()).max(1000).optional().meta(described('works', 'phrases to hear more readily')),
  response_format: z
    .enum(FORMATS)
    .default('json')
    .meta(described('works', 'form of the answer; `diarized_json` is refused, for speakers are not told apart')),
  temperature: number(0, 1).optional().meta(described('no effect', 'decoding draws no random numbers')),
  timestamp_granularities: z
    .array(z.enum(['word', 'segment']))
    .optional()
    .meta(described('works', 'what `verbose_json` tells times of; default `segment`')),
  include: z
    .array(z.enum(['logprobs']))
    .optional()
    .meta(described('no effect yet', '`logprobs` are not told')),
  stream: z
    .enum(['true', 'false'])
    .default('false')
    .transform((value) => value === 'true')
    .meta(described('works', 'answer with server-sent events; with `json` and `text`')),
  chunking_strategy: text().optional().meta(described('no effect', 'recordings of any length are taken whole')),
  known_speaker_names: z.array(text()).optional().meta(described('no effect', 'speakers are not told apart')),
  known_speaker_references: z.array(text()).optional().meta(described('no effect', 'speakers are not told apart')),
});
export type TranscriptionRequest = z.output<typeof transcriptionFormSchema>;

/** Fields that are lists; clients write them with brackets behind their name. */
const LISTS = new Set([
  ...['languages', 'keywords', 'timestamp_granularities', 'include'],
  ...['known_speaker_names', 'known_speaker_references'],
]);
/** A record that comes field by field: `chunking_strategy[type]`. */
const RECORD = /^chunking_strategy\[\w+\]$/;

/** @throws ParameterError */
export function readTranscriptionForm(form: FormData): TranscriptionRequest {
  const values: Record<string, unknown> = {};
  for (const name of new Set(form.keys())) {
    const plain = name.replace(/\[\d*\]$/, '');
    if (RECORD.test(name)) continue;
    if (LISTS.has(plain)) values[plain] = [...((values[plain] as unknown[]) ?? []), ...form.getAll(name)];
    else values[name] = form.getAll(name).at(-1);
  }
  const parsed = transcriptionFormSchema.safeParse(values);
  if (!parsed.success) throw parameterError(parsed.error, values);
  const request = parsed.data;
  if (request.stream && request.response_format !== 'json' && request.response_format !== 'text')
    throw new ParameterError(
      `Invalid value for 'response_format': seen "${request.response_format}" with stream, expected "json" or "text".`,
      'response_format',
      'invalid_value',
    );
  return request;
}
