/** An utterance's frames and log-probs go in, what a plot of its emissions shows comes out: a picture of the spectrogram and each token's probability. */
import { PNG } from 'pngjs';
import { z } from 'zod';
import type { ModelConfig } from '../model/config.js';

/** The plot ends there, however long the utterance. */
const MOST_ENCODER_FRAMES = 375;
/** From the loudest, black, to white: 52 dB, in natural logarithms of energy. */
const RANGE = 12;
/** Few, for small files. */
const SHADES = 16;
/** A token is drawn where its probability once reaches the first, as far as it stays above the second. */
const [SHOWN, FOOT] = [0.1, 0.01];

export const emissionSchema = z.object({
  /** encoder frames shown */
  frames: z.number().int(),
  /** feature frames shown, pixels of the picture's width */
  featureFrames: z.number().int(),
  /** feature frames that make an encoder frame */
  subsampling: z.number().int().default(4),
  /** whether the utterance goes on after them */
  cut: z.boolean(),
  /** PNG in base64: a pixel a feature frame and mel bin, low ones below, the loudest black */
  spectrogram: z.string(),
  /** Stretches of encoder frames in which a token is likely; the blank is none of them. */
  tokens: z.array(
    z.object({
      symbol: z.string(),
      id: z.number().int(),
      /** first frame */
      from: z.number().int(),
      /** of each frame from there on, with three decimals */
      probabilities: z.array(z.number()),
    }),
  ),
  /** probability of the blank of each frame */
  blank: z.array(z.number()),
});
export type Emission = z.infer<typeof emissionSchema>;

/** @param features row-major [frames, melBins], natural-log energies
 *  @param logProbs row-major [encoder frames, symbols.length] */
export function emission(
  features: Float32Array,
  { melBins, subsampling }: Pick<ModelConfig, 'melBins' | 'subsampling'>,
  logProbs: Float32Array,
  symbols: readonly string[],
  blankId: number,
): Emission {
  const vocabulary = symbols.length;
  const all = logProbs.length / vocabulary;
  const frames = Math.min(all, MOST_ENCODER_FRAMES);
  const shown = features.subarray(0, frames * subsampling * melBins);
  const probability = (frame: number, id: number) => rounded(Math.exp(logProbs[frame * vocabulary + id]));
  const tokens: Emission['tokens'] = [];
  for (let id = 0; id < vocabulary; id++)
    if (id !== blankId)
      for (const { from, probabilities } of stretches(frames, (frame) => probability(frame, id)))
        tokens.push({ symbol: symbols[id], id, from, probabilities });
  return {
    frames,
    featureFrames: shown.length / melBins,
    subsampling,
    cut: frames < all,
    spectrogram: spectrogramPicture(shown, melBins).toString('base64'),
    tokens: tokens.sort((a, b) => a.from - b.from),
    blank: Array.from({ length: frames }, (_, frame) => probability(frame, blankId)),
  };
}

const rounded = (probability: number) => Math.round(probability * 1000) / 1000;

function stretches(frames: number, probability: (frame: number) => number) {
  const found: { from: number; probabilities: number[] }[] = [];
  for (let frame = 0; frame < frames; frame++) {
    const from = frame;
    const probabilities: number[] = [];
    while (frame < frames && probability(frame) > FOOT) probabilities.push(probability(frame++));
    if (Math.max(0, ...probabilities) >= SHOWN) found.push({ from, probabilities });
  }
  return found;
}

/** @returns the bytes of a PNG */
function spectrogramPicture(features: Float32Array, melBins: number): Buffer {
  const width = features.length / melBins;
  const loudest = features.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const shades = Buffer.alloc(features.length);
  for (let t = 0; t < width; t++)
    for (let bin = 0; bin < melBins; bin++) {
      const share = Math.min(1, Math.max(0, (loudest - features[t * melBins + bin]) / RANGE));
      shades[(melBins - 1 - bin) * width + t] = Math.round((255 * Math.round(share * (SHADES - 1))) / (SHADES - 1));
    }
  const grey = { width, height: melBins, colorType: 0, inputColorType: 0, inputHasAlpha: false } as const;
  const picture = new PNG(grey);
  picture.data = shades;
  // Few shades pack best without filters and with Huffman codes over repeats.
  return PNG.sync.write(picture, { ...grey, filterType: 0, deflateLevel: 9, deflateStrategy: 0 });
}
