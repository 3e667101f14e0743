/** An engine goes in, the list of models that a client may choose from comes out, in the form that OpenAI's clients read. */
import { FBANK } from '@auricle/audio';
import type { Engine } from '../engine.js';

export interface ModelList {
  object: 'list';
  data: {
    id: string;
    object: 'model';
    /** seconds since 1970; models carry no date */
    created: number;
    owned_by: string;
    /** language tag */
    language: string;
    /** audio the model takes at a time, seconds */
    chunkSeconds: number;
  }[];
}

export function modelsOf({ bundle }: Pick<Engine, 'bundle'>): ModelList {
  const { name, language, chunkShift } = bundle.description;
  const chunkSeconds = (chunkShift * FBANK.hopSamples) / FBANK.sampleRate;
  return {
    object: 'list',
    data: [{ id: name, object: 'model', created: 0, owned_by: 'auricle', language, chunkSeconds }],
  };
}
