/** An engine goes in, the list of models that a client may choose from comes out, in the form that OpenAI's clients read. */
import { FBANK } from '@auricle/audio';
import { z } from 'zod';
import type { Engine } from '../engine.js';

export const modelListSchema = z.object({
  object: z.literal('list'),
  data: z.array(
    z.object({
      id: z.string(),
      object: z.literal('model'),
      created: z.number().int().describe('seconds since 1970; models carry no date'),
      owned_by: z.string(),
      language: z.string().describe('language tag'),
      chunkSeconds: z.number().describe('audio the model takes at a time, seconds'),
    }),
  ),
});
export type ModelList = z.output<typeof modelListSchema>;

export function modelsOf({ bundle }: Pick<Engine, 'bundle'>): ModelList {
  const { name, language, chunkShift } = bundle.description;
  const chunkSeconds = (chunkShift * FBANK.hopSamples) / FBANK.sampleRate;
  return {
    object: 'list',
    data: [{ id: name, object: 'model', created: 0, owned_by: 'auricle', language, chunkSeconds }],
  };
}
