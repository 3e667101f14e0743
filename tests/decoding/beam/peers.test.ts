/** Against pyctcdecode, flashlight's text decoder and fast-ctc-decode, whose results fixtures/make_ctc_goldens.py writes. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import {
  type BeamDecoder,
  DecoderFactory,
  type DecodingOptions,
  planDecoding,
  readArpa,
  type TokenTable,
} from '@auricle/decoding';
import { describe, expect, it } from 'vitest';

const FIXTURES = join(import.meta.dirname, 'fixtures');

interface Scored {
  text: string;
  score: number;
}
interface Goldens {
  labels: string[];
  /** logits are whole numbers of 1/scale nats */
  scale: number;
  alpha: number;
  beta: number;
  unknown: number;
  cases: {
    sentence: string;
    frames: number;
    /** log-prob of pyctcdecode's text over all alignments */
    exact: number;
    pyctcdecode: Scored;
    pyctcdecodeWithLm: Scored;
    flashlight: Scored;
    fastCtcDecode: string;
  }[];
}
const goldens: Goldens = JSON.parse(await readFile(join(FIXTURES, 'ctc-goldens.json'), 'utf8'));
const logits = await readFile(join(FIXTURES, 'ctc-logits.i16'));
const table: TokenTable = { symbols: goldens.labels, blankId: 0 };

/** Log-probs of each case, row-major [frames, labels]. */
const heard = (() => {
  let at = 0;
  return goldens.cases.map(({ frames }) => {
    const width = goldens.labels.length;
    const logProbs = new Float32Array(frames * width);
    for (let t = 0; t < frames; t++) {
      const row = Array.from({ length: width }, (_, v) => logits.readInt16LE(2 * (at + t * width + v)) / goldens.scale);
      const total = Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0));
      logProbs.set(
        row.map((value) => value - total),
        t * width,
      );
    }
    at += frames * width;
    return logProbs;
  });
})();

function decode(logProbs: Float32Array, options: DecodingOptions): BeamDecoder {
  const { decoder } = new DecoderFactory(table, { frameSeconds: 0.04 }, planDecoding(table, options)).create();
  decoder.push(logProbs, logProbs.length / table.symbols.length);
  return decoder as BeamDecoder;
}
const WIDE: DecodingOptions = { beam: 200, beamScore: 60, tokenScore: -16, tokens: 64, blankSkip: 2 };

describe.each(goldens.cases.map((golden, i) => [golden.sentence, golden, heard[i]] as const))(
  '"%s"',
  (_, golden, logProbs) => {
    it('is heard as others hear it', () => {
      const [best] = decode(logProbs, WIDE).nBest(1, true);
      for (const text of [golden.pyctcdecode.text, golden.flashlight.text, golden.fastCtcDecode])
        expect(best.text).toBe(text);
      // A beam loses some alignments: ours may not lose more than theirs.
      expect(best.score).toBeGreaterThan(Math.max(golden.pyctcdecode.score, golden.flashlight.score) - 1e-3);
      expect(best.score).toBeLessThan(golden.exact + 1e-3);
    });

    it('is heard as others hear it with a language model', async () => {
      const lm = await readArpa([
        gunzipSync(await readFile(join(import.meta.dirname, '../lm/fixtures/alice-3.arpa.gz'))),
      ]);
      const { alpha, beta, unknown } = goldens;
      const [best] = decode(logProbs, { ...WIDE, lm, alpha, beta, unknown }).nBest(1, true);
      expect(best.text).toBe(golden.pyctcdecodeWithLm.text);
      expect(best.score).toBeCloseTo(golden.pyctcdecodeWithLm.score, 1);
    });
  },
);
