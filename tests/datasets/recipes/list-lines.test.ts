import { parseTranscriptionLine } from '@auricle/datasets/recipes/an4';
import { parseTranscriptLine } from '@auricle/datasets/recipes/librispeech';
import { parseMetadataLine } from '@auricle/datasets/recipes/ljspeech';
import { parseReverberationLine } from '@auricle/datasets/recipes/rirs-noises';
import { parseStmLine } from '@auricle/datasets/recipes/tedlium';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const name = fc.stringMatching(/^[A-Za-z0-9_.]{1,12}$/);
/** Words with single spaces between them. */
const text = fc
  .array(fc.stringMatching(/^[A-Za-z0-9'<>{}.,?!"é-]{1,8}$/), { minLength: 1, maxLength: 8 })
  .map((words) => words.join(' '));
const hundredths = fc.integer({ min: 0, max: 200_000 });

describe.each([
  ['parseTranscriptLine', (line: string) => parseTranscriptLine(line, 'a/b.trans.txt')],
  ['parseTranscriptionLine', parseTranscriptionLine],
  ['parseMetadataLine', parseMetadataLine],
  ['parseStmLine', parseStmLine],
  ['parseReverberationLine', parseReverberationLine],
])('%s', (_, parse) => {
  it('answers any line, and names no file without a name', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[-()<>|;\s./a1]*$/)), (line) => {
        const recording = parse(line);
        if (recording !== undefined && recording !== 'ignored') expect(recording.file).toMatch(/./);
      }),
      { numRuns: 500 },
    );
  });
});

it("reads LibriSpeech's transcripts, for files beside their list", () => {
  fc.assert(
    fc.property(name, name, name, text, (speaker, chapter, index, words) => {
      const id = `${speaker}-${chapter}-${index}`;
      expect(parseTranscriptLine(`${id} ${words}`, `84/121/${speaker}.trans.txt`)).toEqual({
        file: `84/121/${id}.flac`,
        fields: { text: words, speaker, lang: 'en' },
      });
    }),
  );
});

it("reads AN4's transcriptions, with the marks of sentences and without", () => {
  fc.assert(
    fc.property(name, name, name, text, fc.boolean(), (utterance, speaker, microphone, words, isMarked) => {
      const id = `${utterance}-${speaker}-${microphone}`;
      const fields = { text: words, speaker, lang: 'en' };
      const line = isMarked ? `<s> ${words} </s> (${id})` : `${words} (${id})`;
      expect(parseTranscriptionLine(line)).toEqual({ file: `${speaker}/${id}.sph`, fields });
    }),
  );
});

it("reads LJ Speech's lines, and keeps what is written beside what is read", () => {
  fc.assert(
    fc.property(name, text, text, (id, written, spoken) => {
      expect(parseMetadataLine(`${id}|${written}|${spoken}`)).toEqual({
        file: `${id}.wav`,
        fields: { text: spoken, ...(written !== spoken && { written }), speaker: 'lj', lang: 'en' },
      });
    }),
  );
  expect(parseMetadataLine('LJ001-0001|as written|')).toEqual({
    file: 'LJ001-0001.wav',
    fields: { text: 'as written', speaker: 'lj', lang: 'en' },
  });
});

it("reads TED-LIUM's segments, with their names at the end and without", () => {
  fc.assert(
    fc.property(name, name, text, hundredths, hundredths, fc.boolean(), (talk, speaker, words, a, b, isNamed) => {
      fc.pre(a !== b);
      const [begin, end] = [Math.min(a, b) / 100, Math.max(a, b) / 100];
      const line = `${talk} 1 ${speaker} ${begin} ${end} <o,f0,male> ${words}`;
      expect(parseStmLine(isNamed ? `${line} (${talk}-${begin}-${end}-F0_M-S1)` : line)).toEqual({
        file: `${talk}.sph`,
        fields: { text: words, speaker, lang: 'en', offset: begin, duration: end - begin },
      });
    }),
  );
  expect(parseStmLine(';; a comment')).toBe('ignored');
  expect(parseStmLine('talk 1 speaker 2 1 <o,f0,male> ends before it begins')).toBeUndefined();
});

it("reads Kaldi's lists of responses and noises", () => {
  const options = fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), name, { maxKeys: 4 });
  fc.assert(
    fc.property(options, name, (pairs, file) => {
      const words = Object.entries(pairs).map(([key, value]) => `--${key} ${value}`);
      expect(parseReverberationLine([...words, `RIRS_NOISES/a/${file}`].join(' '))).toEqual({
        options: new Map(Object.entries(pairs)),
        file: `a/${file}`,
      });
    }),
  );
  expect(parseReverberationLine('--rir-id RIRS_NOISES/a.wav')).toBeUndefined();
  expect(parseReverberationLine('rir-id 1 RIRS_NOISES/a.wav')).toBeUndefined();
  expect(parseReverberationLine('--rir-id 1 elsewhere/a.wav')).toBeUndefined();
});
