import { gzipSync } from 'node:zlib';
import { arpaOf, LanguageModel, type LayOutOptions, readArpa } from '@auricle/decoding';
import { checkedModel } from '@auricle/decoding/lm/checked-model';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PlainModel, plainScore } from '../beam/brute-force.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const read = (text: string, options?: LayOutOptions) => readArpa([bytes(text)], options);

const SMALL = `
\\data\\
ngram 1=5
ngram 2=3
ngram 3=2

\\1-grams:
-1.5\t<unk>
-99\t<s>\t-0.5
-1.2\t</s>
-0.8\ta\t-0.25
-0.9\tb\t-0.125

\\2-grams:
-0.4\t<s> a\t-0.3
-0.6\ta b\t-0.2
-0.7\tb </s>

\\3-grams:
-0.2\t<s> a b
-0.1\ta b </s>

\\end\\
`;

function scores(model: LanguageModel, sentence: string): number[] {
  let state = model.after(model.id('<s>'));
  return sentence.split(' ').map((word) => {
    const logProb = model.score(state, model.id(word));
    state = model.next;
    return logProb;
  });
}
const rounded = (values: number[]) => values.map((value) => Number(value.toFixed(5)));

describe('ARPA files', () => {
  it('are read to a model that backs off', async () => {
    const model = await read(SMALL);
    expect(model.shape.counts).toEqual([5, 3, 2]);
    expect(rounded(scores(model, 'a b </s>'))).toEqual([-0.4, -0.2, -0.1]);
    // b after <s>: back-off of <s>; a after "<s> b": that context is not there, then back-off of b.
    expect(rounded(scores(model, 'b a </s>'))).toEqual(
      [-0.5 - 0.9, -0.125 - 0.8, -0.25 - 1.2].map((v) => Number(v.toFixed(5))),
    );
    // An unknown word, and what comes after it.
    expect(rounded(scores(model, 'a zz b'))).toEqual([-0.4, Number((-0.3 - 0.25 - 1.5).toFixed(5)), -0.9]);
  });

  it('may be cut into pieces anywhere, with any line ends and blanks, and say <UNK>', async () => {
    const odd = SMALL.replaceAll('\n', '\r\n').replaceAll('\t', '  ').replace('<unk>', '<UNK>');
    const pieces = Array.from(bytes(`\uFEFFa comment${odd}`), (byte) => Uint8Array.of(byte));
    const model = await readArpa(pieces);
    expect(rounded(scores(model, 'a zz </s>'))).toEqual(rounded(scores(await read(SMALL), 'a zz </s>')));
  });

  it('give the same model after being written', async () => {
    for (const bits of [16, 32] as const) {
      const model = await read(SMALL, { bits });
      const again = await read([...arpaOf(model)].join(''), { bits });
      expect(Buffer.from(again.buffer)).toEqual(Buffer.from(model.buffer));
    }
  });

  it('get the contexts that they lack, with what shorter n-grams give', async () => {
    const pruned = SMALL.replace('ngram 2=3', 'ngram 2=2').replace('-0.6\ta b\t-0.2\n', '');
    const model = await read(pruned, { bits: 32 });
    expect(model.shape.counts).toEqual([5, 3, 2]);
    expect(rounded(scores(model, 'b a b'))[2]).toBeCloseTo(-0.25 - 0.9, 5);
    expect(rounded(scores(model, 'b a b </s>'))[3]).toBeCloseTo(-0.1, 5);
  });

  it('score as the definition of back-off says', async () => {
    const WORDS = ['<unk>', '<s>', '</s>', 'x', 'ä', 'yy'];
    const anyText = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 12 });
    const value = fc.float({ min: -4, max: 0, noNaN: true });
    const ngrams = fc.array(
      fc.tuple(fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 4, maxLength: 4 }), value, value),
      { maxLength: 12 },
    );
    await fc.assert(
      fc.asyncProperty(ngrams, anyText, async (picks, text) => {
        const plain: PlainModel = { order: 4, ngrams: new Map() };
        const add = (words: string[], logProb: number, backoff: number) =>
          plain.ngrams.set(words.join(' '), { logProb, backoff });
        for (const [i, word] of WORDS.entries()) add([word], -1 - i / 8, -i / 16);
        // Every n-gram with its contexts; its ends may be missing, as pruning leaves them.
        for (const [places, logProb, backoff] of picks)
          for (let length = 2; length <= 4; length++)
            add(
              places.slice(0, length).map((p) => WORDS[p]),
              logProb,
              backoff,
            );
        const sections = [1, 2, 3, 4].map((k) => [...plain.ngrams].filter(([words]) => words.split(' ').length === k));
        const arpa = `\\data\\\n${sections.map((s, k) => `ngram ${k + 1}=${s.length}\n`).join('')}${sections
          .map((s, k) => `\\${k + 1}-grams:\n${s.map(([w, n]) => `${n.logProb}\t${w}\t${n.backoff}\n`).join('')}`)
          .join('\n')}\\end\\\n`;
        const model = await read(arpa, { bits: 32 });
        const words = text.map((place) => WORDS[place]);
        const expected = words.map((word, i) => plainScore(plain, ['<s>', ...words.slice(0, i)], word));
        if (words.length > 0)
          for (const [i, score] of scores(model, words.join(' ')).entries()) expect(score).toBeCloseTo(expected[i], 4);
      }),
    );
  });
});

describe('a damaged ARPA file', () => {
  const cases: [string, string, string][] = [
    [
      'counts that lie',
      SMALL.replace('ngram 2=3', 'ngram 2=4'),
      'line 19: the section before has 3 2-grams: expected 4, as \\data\\ says',
    ],
    ['a NaN', SMALL.replace('-0.6', 'nan'), 'line 16: log-prob "nan": expected a number'],
    ['an infinite back-off', SMALL.replace('-0.3', '-inf'), 'line 15: back-off "-inf": expected a number'],
    ['a probability above 1', SMALL.replace('-0.6', '0.6'), 'line 16: log-prob 0.6: expected at most 0'],
    [
      'sections in the wrong order',
      SMALL.replace('\\2-grams', '\\3-grams'),
      'line 14: "\\3-grams:": expected "\\2-grams:"',
    ],
    [
      'a word too few',
      SMALL.replace('a b\t-0.2', 'a'),
      'line 16: "-0.6\ta": expected a log-prob, 2 words and perhaps a back-off',
    ],
    ['a word that is no 1-gram', SMALL.replace('a b\t-0.2', 'a c'), 'line 16: "c" is not among the 1-grams'],
    ['a word that is there twice', SMALL.replace('-0.9\tb', '-0.9\ta'), 'line 12: "a" is there twice'],
    ['no end', SMALL.replace('\\end\\', ''), 'the file ends here: expected \\end\\'],
    ['no </s>', SMALL.replace('</s>\n-0.8', 'c\n-0.8').replaceAll(' </s>', ' c'), '1-grams have no </s>'],
    ['no beginning', 'nothing', 'line 1: the file ends here: expected \\data\\'],
  ];
  it.each(cases)('is refused: %s', async (_, text, reason) => {
    const act = read(text);
    await expect(act).rejects.toThrow(reason);
    await expect(act).rejects.toMatchObject({ code: 'AUR_DECODING_ARPA' });
  });

  it('is refused: an n-gram twice', async () => {
    const twice = SMALL.replace('ngram 2=3', 'ngram 2=4').replace('-0.6\ta b\t-0.2\n', '-0.6\ta b\n-0.6\ta b\n');
    await expect(read(twice)).rejects.toThrow('n-gram "a b" is there twice');
  });
});

describe('a model file', () => {
  it('is refused where it is cut, of another version or no model', async () => {
    const file = Buffer.from((await read(SMALL)).buffer);
    const open = (content: Uint8Array) => () => new LanguageModel(Uint8Array.from(content).buffer);
    expect(open(file)).not.toThrow();
    expect(open(file.subarray(0, file.length - 1))).toThrow(expect.objectContaining({ code: 'AUR_DECODING_LM_FILE' }));
    expect(open(file.subarray(0, 10))).toThrow('it has 10 bytes');
    expect(open(gzipSync(file))).toThrow('it does not start as a model does');
    expect(open(Buffer.concat([file.subarray(0, 4), Buffer.of(9), file.subarray(5)]))).toThrow('its version is 9');
  });

  it('is refused, or answers, whatever byte of it is another', async () => {
    const file = Buffer.from((await read(SMALL)).buffer);
    fc.assert(
      fc.property(fc.nat(file.length - 1), fc.nat(255), (at, byte) => {
        const damaged = Uint8Array.from(file);
        damaged[at] = byte;
        let model: LanguageModel;
        try {
          model = checkedModel(damaged.buffer);
        } catch (error) {
          expect(error).toMatchObject({ code: 'AUR_DECODING_LM_FILE' });
          return;
        }
        for (let word = 0; word < model.words; word++) model.score(word, word);
      }),
      { numRuns: 1000 },
    );
  });
});
