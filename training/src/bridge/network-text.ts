/** A network's description goes in, the text that a model file carries of it comes out, and back: what training needs to go on from the file. */
import { z } from 'zod';
import { type ModelSpec, modelConfigSchema } from '../model/config.js';

/** Of the ONNX metadata. */
export const NETWORK_KEY = 'auricle_network';

/** A network without its vocabulary's size, which the metadata have as `vocab_size`. */
export type Network = Pick<ModelSpec, 'config' | 'features'>;

const networkSchema = z.object({
  config: modelConfigSchema,
  features: z.object({ mean: z.array(z.number()), deviation: z.array(z.number()) }),
});

export const networkText = ({ config, features }: Network) => JSON.stringify({ config, features });

/** @throws an Error that says what is wrong with it */
export const parseNetwork = (text: string): Network => networkSchema.parse(JSON.parse(text));
