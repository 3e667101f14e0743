/** An engine goes in, the list of models that a client may choose from comes out, in the form that OpenAI's clients read. */
import { z } from 'zod';
import { chunkSecondsOf } from '../chunk-feed.js';
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

export function modelsOf(engine: Pick<Engine, 'models' | 'bundleOf'>): ModelList {
  return {
    object: 'list',
    data: engine.models.map((id) => {
      const bundle = engine.bundleOf(id);
      const { language } = bundle.description;
      return { id, object: 'model', created: 0, owned_by: 'auricle', language, chunkSeconds: chunkSecondsOf(bundle) };
    }),
  };
}
