/** docs/guides/evaluate.md, command by command, on the bundled recording under several names and references. */
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { audioInfo } from '@auricle/audio';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Guide, openGuide, ROOT } from './guide.js';

const RECORDING = join(ROOT, 'models/digits-en/recording.wav');
/** The second and the third say that other words are in it. */
const TEXTS = [
  'three one four one five nine two',
  'three one four one five nine two six',
  'three one for one five nine two',
  'three one four one five nine two',
];

let guide: Guide;
beforeAll(async () => {
  guide = await openGuide('evaluate.md');
  const { duration } = await audioInfo(RECORDING);
  const manifest = [];
  for (const [i, text] of TEXTS.entries()) {
    await copyFile(RECORDING, guide.at(`${i}.wav`));
    manifest.push({ audio_filepath: `${i}.wav`, duration, text, speaker: i < 2 ? 'anna' : 'bert' });
  }
  await writeFile(guide.at('test.jsonl'), manifest.map((line) => JSON.stringify(line)).join('\n'));
  await writeFile(guide.at('peer.trn'), 'Three, 1 four one five nine two. (0.wav)\n (1.wav)\n3 (2.wav)\n');
});
afterAll(() => guide.remove());

describe('the guide to evaluation', () => {
  it('takes a model and a manifest to figures and comparisons, every command as it stands', async () => {
    expect(guide.commands).toHaveLength(5);
    const [evaluated, scored, comparedLive, compared, peer] = guide.commands.map(guide.run);

    expect(evaluated).toMatch(/^WER +6\.90 % .* 2 +1 +1 +0 +29 words$/m);
    expect(evaluated).toMatch(/^SER +50\.00 % .* 2 +4 utterances$/m);
    expect(evaluated).toMatch(/x real time \(real-time factor /);
    const { utterances, score } = JSON.parse(await readFile(guide.at('int8.json'), 'utf8'));
    expect(score.words).toMatchObject({ rate: 2 / 29, substitutions: 1, deletions: 1, utterances: 4, exact: 2 });
    expect(utterances[1]).toMatchObject({ id: '1.wav', hypothesis: TEXTS[0], words: { correct: 7, deletions: 1 } });
    expect(utterances[1].alignment.at(-1)).toEqual(['six', null]);

    expect(scored).toMatch(/^anna +2 +15 +6\.67 % +0 +1 +0 /m);
    expect(scored).toMatch(/^bert +2 +14 +7\.14 % +1 +0 +0 /m);
    expect(scored).toMatch(/^4 to 7 +3 +21 /m);
    expect(scored).toMatch(/^8 to 15 +1 +8 /m);
    expect(scored).toContain('said:  three one for  one five');
    // The same figures as when it was recognised.
    expect(scored.split('\n').filter((line) => /^[WCS]ER /.test(line))).toEqual(
      evaluated.split('\n').filter((line) => /^[WCS]ER /.test(line)),
    );

    for (const output of [comparedLive, compared]) {
      expect(output).toContain('4 utterances in both, 29 words');
      expect(output).toMatch(/matched-pairs test \(MAPSSWE\): \d+ segments, z = 0.000, p = 1.000/);
      expect(output).toContain('no significant difference');
    }

    // 2.wav: 6 deleted; 1.wav: 8; 3.wav has no hypothesis: 7.
    expect(peer).toMatch(/^WER +72\.41 % .* 21 +0 +21 +0 +29 words$/m);
    expect(peer).toContain('without a hypothesis: 1 utterances, the first 3.wav; all their words count as deleted');
  });
});
