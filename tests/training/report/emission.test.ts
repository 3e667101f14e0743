import { emission } from '@auricle/training/report/emission';
import { emissionPlot } from '@auricle/training/report/emission-plot';
import { PNG } from 'pngjs';
import { describe, expect, it } from 'vitest';

const MEL_BINS = 80;
const MODEL = { melBins: MEL_BINS, subsampling: 4 } as const;
const SYMBOLS = ['<blk>', '▁', 'a', 'b'];

/** Log-probs of the given tokens' probabilities, the blank has the rest. */
const logProbsOf = (frames: readonly Record<string, number>[]) =>
  Float32Array.from(
    frames.flatMap((frame) => {
      const others = Object.values(frame).reduce((a, b) => a + b, 0);
      return SYMBOLS.map((symbol) => Math.log(symbol === '<blk>' ? 1 - others : (frame[symbol] ?? 0)));
    }),
  );

const silence = (frames: number) => new Float32Array(frames * MEL_BINS).fill(-15.9);

describe('the emissions of an utterance', () => {
  const frames: Record<string, number>[] = [
    {},
    { a: 0.5 },
    { a: 0.75, b: 0.05 },
    { a: 0.25 },
    { '▁': 0.125 },
    { a: 0.06 },
    { a: 0.25, b: 0.5 },
  ];
  const { tokens, blank, ...rest } = emission(silence(28), MODEL, logProbsOf(frames), SYMBOLS, 0);

  it('are the stretches in which a token is likely', () => {
    expect(tokens).toEqual([
      { symbol: 'a', id: 2, from: 1, probabilities: [0.5, 0.75, 0.25] },
      { symbol: '▁', id: 1, from: 4, probabilities: [0.125] },
      { symbol: 'a', id: 2, from: 5, probabilities: [0.06, 0.25] },
      { symbol: 'b', id: 3, from: 6, probabilities: [0.5] },
    ]);
    expect(blank).toEqual([1, 0.5, 0.2, 0.75, 0.875, 0.94, 0.25]);
    expect([rest.frames, rest.featureFrames, rest.cut]).toEqual([7, 28, false]);
  });

  it('are drawn with a name and a place for each', () => {
    const svg = emissionPlot({ tokens, blank, ...rest }, 'what is "heard" & <drawn>');
    expect(svg).toContain('aria-label="what is &quot;heard&quot; &amp; &lt;drawn&gt;"');
    expect([...svg.matchAll(/<title>(.*?)<\/title>/g)].map(([, title]) => title)).toEqual([
      'blank',
      'a: 0.75 at 0.08 s',
      '␣: 0.13 at 0.16 s',
      'a: 0.25 at 0.24 s',
      'b: 0.50 at 0.24 s',
    ]);
  });
});

describe('the picture of the spectrogram', () => {
  const pictureOf = (features: Float32Array) => {
    const { spectrogram, featureFrames } = emission(features, MODEL, logProbsOf([{}, {}]), SYMBOLS, 0);
    const picture = PNG.sync.read(Buffer.from(spectrogram, 'base64'));
    expect([picture.width, picture.height]).toEqual([featureFrames, MEL_BINS]);
    return (frame: number, bin: number) => picture.data[4 * ((MEL_BINS - 1 - bin) * picture.width + frame)];
  };

  it('has low bins below, the loudest black and 52 dB less white', () => {
    const features = silence(7);
    features[3 * MEL_BINS + 10] = 2;
    features[4 * MEL_BINS + 79] = -4;
    features[6 * MEL_BINS] = -10;
    const grey = pictureOf(features);
    expect([grey(3, 10), grey(4, 79), grey(6, 0), grey(0, 0)]).toEqual([0, 136, 255, 255]);
  });

  it('can be made of nothing but silence', () => {
    const grey = pictureOf(silence(8));
    expect(grey(0, 0)).toBe(grey(7, 79));
  });

  it('is of the beginning where the utterance is long', () => {
    const frames = 2000;
    const logProbs = logProbsOf(Array.from({ length: frames / 4 }, () => ({ a: 0.5 })));
    const { cut, blank, featureFrames } = emission(silence(frames), MODEL, logProbs, SYMBOLS, 0);
    expect([cut, blank.length, featureFrames]).toEqual([true, 375, 1500]);
  });
});
