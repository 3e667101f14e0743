/** The query of a Deepgram request goes in, what it asks for comes out; docs/reference/protocols/deepgram.md lists every parameter. */
import { LOWEST_RATE } from '@auricle/audio';
import { describeIssues } from '@auricle/bundle';
import { z } from 'zod';
import { servingError } from '../../errors.js';
import { described } from '../documents/description.js';
import { HIGHEST_STREAM_RATE } from '../native/messages.js';

/** Encodings that are decoded here; without the parameter the audio is a recording in a container. */
export const ENCODINGS = ['linear16', 'linear32', 'mulaw', 'alaw', 'opus', 'ogg-opus', 'flac', 'webm'] as const;
export type DeepgramEncoding = (typeof ENCODINGS)[number];

const flag = () => z.enum(['true', 'false']).transform((value) => value === 'true');
const whole = (low: number, high: number) =>
  z
    .string()
    .regex(/^\d+$/, `expected a whole number from ${low} to ${high}`)
    .transform(Number)
    .refine((value) => value >= low && value <= high, `expected a whole number from ${low} to ${high}`);
const text = () => z.string().max(200);
const list = () => z.array(text());

const noEffect = (description: string) => described('no effect', description);
const notYet = (description: string) => described('no effect yet', description);

/** What live and prerecorded requests have in common. */
const common = {
  model: text()
    .optional()
    .meta(described('works', 'one of those of `/v1/models`; with any other name the default one answers')),
  version: text().optional().meta(noEffect('there is one version')),
  language: text().optional().meta(noEffect('the language is that of the model served')),
  encoding: z
    .enum(ENCODINGS)
    .optional()
    .meta(described('works', 'of the audio; without it, a container: WAV, FLAC, Ogg Opus or Vorbis, WebM Opus, MP3')),
  sample_rate: whole(LOWEST_RATE, HIGHEST_STREAM_RATE)
    .optional()
    .meta(described('works', 'Hz; needed for linear16, linear32, mulaw and alaw, containers state theirs')),
  channels: whole(1, 32).optional().meta(described('works', 'interleaved, default 1; containers state theirs')),
  multichannel: flag().optional().meta(described('works', 'each channel for itself; otherwise their mean is heard')),
  keyterm: list().optional().meta(described('works', 'phrase to hear more readily; may be repeated')),
  keywords: list()
    .optional()
    .meta(
      described('works', '`word` or `word:boost`, the boost in nats, below 0 to hear it less readily; may be repeated'),
    ),
  punctuate: flag().optional().meta(notYet('texts have neither punctuation nor capitals')),
  smart_format: flag().optional().meta(notYet('texts stay as spoken')),
  numerals: flag().optional().meta(notYet('numbers stay words')),
  measurements: flag().optional().meta(notYet('measurements stay words')),
  dictation: flag().optional().meta(notYet('commands stay words')),
  profanity_filter: flag().optional().meta(notYet('nothing is filtered')),
  filler_words: flag().optional().meta(noEffect("the model's words are told as they are")),
  replace: list().optional().meta(notYet('nothing is replaced; may be repeated')),
  search: list().optional().meta(notYet('nothing is searched for; may be repeated')),
  diarize: flag().optional().meta(noEffect('speakers are not told apart')),
  diarize_model: text().optional().meta(noEffect('speakers are not told apart')),
  diarize_version: text().optional().meta(noEffect('speakers are not told apart')),
  detect_entities: flag().optional().meta(noEffect('none are detected')),
  redact: z
    .array(z.literal('false'))
    .optional()
    .meta(described('partly', 'only `false`: whatever else it is, it is refused, for nothing would be left out')),
  tag: list().optional().meta(noEffect('may be repeated')),
  extra: list().optional().meta(described('works', '`key:value`, comes back in the metadata; may be repeated')),
  mip_opt_out: flag().optional().meta(noEffect('no audio is ever kept')),
  access_token: text().optional().meta(noEffect('keys come in the Authorization header or as a subprotocol')),
};

export const liveParametersSchema = z.strictObject({
  ...common,
  interim_results: flag().optional().meta(described('works', 'send results that grow; default `false`')),
  endpointing: z
    .string()
    .regex(/^(\d{1,6}|true|false)$/, 'expected milliseconds, true or false')
    .optional()
    .meta(
      described(
        'works',
        'pause that ends an utterance, ms; below 300 it is 300, for a shorter gap may lie within a word; `false` for none',
      ),
    ),
  utterance_end_ms: whole(1000, 60_000)
    .optional()
    .meta(
      described(
        'works',
        'gap after a word, in the time of the audio, after which `UtteranceEnd` is sent; needs `interim_results`',
      ),
    ),
  vad_events: flag()
    .optional()
    .meta(described('partly', 'send `SpeechStarted`, when the first word of an utterance is heard')),
  no_delay: flag().optional().meta(noEffect('nothing is delayed for formatting')),
});

export const prerecordedParametersSchema = z.strictObject({
  ...common,
  utterances: flag().optional().meta(described('works', 'also tell the utterances')),
  utt_split: z
    .string()
    .regex(/^\d+(\.\d+)?$/, 'expected seconds')
    .transform(Number)
    .optional()
    .meta(described('works', 'pause that ends an utterance, seconds; below 0.3 it is 0.3; default 0.8')),
  paragraphs: flag().optional().meta(notYet('none are told')),
  summarize: text().optional().meta(noEffect('none is made')),
  topics: flag().optional().meta(noEffect('none are detected')),
  custom_topic: list().optional().meta(noEffect('none are detected; may be repeated')),
  custom_topic_mode: text().optional().meta(noEffect('none are detected')),
  intents: flag().optional().meta(noEffect('none are detected')),
  custom_intent: list().optional().meta(noEffect('none are detected; may be repeated')),
  custom_intent_mode: text().optional().meta(noEffect('none are detected')),
  sentiment: flag().optional().meta(noEffect('none is detected')),
  detect_language: z
    .array(text())
    .optional()
    .meta(noEffect('the language is that of the model served; may be repeated')),
});

/** What is not ignored, because the client would wait for something that never happens. */
export const REFUSED_PARAMETERS: Readonly<Record<string, string>> = {
  callback: 'the service calls no other addresses: results come on the connection itself',
  callback_method: 'the service calls no other addresses: results come on the connection itself',
};

export type LiveParameters = z.output<typeof liveParametersSchema>;
export type PrerecordedParameters = z.output<typeof prerecordedParametersSchema>;

/** Parameters that may stand in a query more than once. */
const REPEATABLE = new Set([
  ...['keyterm', 'keywords', 'replace', 'search', 'redact', 'tag', 'extra'],
  ...['custom_topic', 'custom_intent', 'detect_language'],
]);

function record(query: URLSearchParams): Record<string, string | string[]> {
  const values: Record<string, string | string[]> = {};
  for (const name of new Set(query.keys())) {
    const refused = REFUSED_PARAMETERS[name];
    if (refused) throw servingError('AUR_PROTOCOL_PARAMETER', { problems: `${name}: not offered: ${refused}` });
    const all = query.getAll(name);
    // Some clients write lists with brackets.
    const plain = name.replace(/\[\d*\]$/, '');
    if (REPEATABLE.has(plain)) values[plain] = [...((values[plain] as string[]) ?? []), ...all];
    else values[name] = all[all.length - 1];
  }
  return values;
}

function parse<Schema extends z.ZodType>(schema: Schema, query: URLSearchParams): z.output<Schema> {
  const values = record(query);
  const parsed = schema.safeParse(values);
  if (!parsed.success) throw servingError('AUR_PROTOCOL_PARAMETER', { problems: describeIssues(parsed.error, values) });
  return parsed.data;
}

/** @throws AUR_PROTOCOL_PARAMETER naming parameter, value seen and what was expected */
export function parseLive(query: URLSearchParams): LiveParameters {
  const parameters = parse(liveParametersSchema, query);
  checkAudio(parameters);
  if (parameters.utterance_end_ms !== undefined && !parameters.interim_results)
    throw servingError('AUR_PROTOCOL_PARAMETER', {
      problems: 'utterance_end_ms: expected interim_results=true beside it',
    });
  return parameters;
}

/** @throws AUR_PROTOCOL_PARAMETER */
export function parsePrerecorded(query: URLSearchParams): PrerecordedParameters {
  const parameters = parse(prerecordedParametersSchema, query);
  checkAudio(parameters);
  return parameters;
}

const NEED_RATE: readonly DeepgramEncoding[] = ['linear16', 'linear32', 'mulaw', 'alaw'];

function checkAudio({ encoding, sample_rate: rate, channels = 1 }: LiveParameters | PrerecordedParameters): void {
  const fail = (problems: string) => servingError('AUR_PROTOCOL_PARAMETER', { problems });
  if (encoding && NEED_RATE.includes(encoding) && rate === undefined)
    throw fail(`sample_rate: missing, expected a number of Hz beside encoding=${encoding}`);
  if (encoding === 'opus' && channels > 2) throw fail(`channels: seen ${channels}, expected 1 or 2 for opus`);
}
