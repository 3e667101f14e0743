/** docs/guides/transcribe.md, command by command, on the bundled recording under several names; and its program. */
import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Guide, openGuide, ROOT } from './guide.js';

const RECORDING = join(ROOT, 'models/digits-en/recording.wav');
const SPOKEN = 'three one four one five nine two';

let guide: Guide;
beforeAll(async () => {
  guide = await openGuide('transcribe.md');
  await mkdir(guide.at('archive/2024'), { recursive: true });
  for (const name of ['recording.wav', 'archive/a.wav', 'archive/2024/b.wav'])
    await copyFile(RECORDING, guide.at(name));
  const line = { audio_filepath: 'recording.wav', duration: 4.7, text: `${SPOKEN} six` };
  await writeFile(guide.at('test.jsonl'), JSON.stringify(line));
});
afterAll(() => guide.remove());

describe('the guide to transcription', () => {
  it('takes recordings to texts and error rates, every command as it stands', async () => {
    expect(guide.commands).toHaveLength(4);
    const [one, folder, again, tested] = guide.commands;
    expect(guide.run(one)).toBe(`${SPOKEN}\n`);
    expect(guide.run(folder)).toBe('');
    for (const name of ['a', '2024/b']) {
      expect(await readFile(guide.at(`texts/${name}.txt`), 'utf8')).toBe(`${SPOKEN}\n`);
      expect(await readFile(guide.at(`texts/${name}.srt`), 'utf8')).toContain(SPOKEN);
      expect(JSON.parse(await readFile(guide.at(`texts/${name}.json`), 'utf8'))).toMatchObject({ text: SPOKEN });
    }
    const early = new Date(2020, 1, 1);
    await utimes(guide.at('texts/a.txt'), early, early);
    guide.run(again);
    expect((await stat(guide.at('texts/a.txt'))).mtime).toEqual(early);
    expect(guide.run(tested)).toMatch(/^WER +12\.50 % .* 1 +0 +1 +0 +8 words$/m);
  });

  it('has a program that runs', async () => {
    const program = guide.block('ts').replace("'models/digits-en'", JSON.stringify(join(ROOT, 'models/digits-en')));
    const script = join(ROOT, 'cli/dist', `guide-${process.pid}.mjs`);
    const names = [RECORDING, '/nowhere.mp3'].map((name) => JSON.stringify(name));
    await writeFile(script, program.replace("'a.wav'", names[0]).replace("'b.mp3'", names[1]));
    const { stdout, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
    await rm(script);
    expect(stdout).toContain(SPOKEN);
    expect(stderr).toContain('/nowhere.mp3 AUR_AUDIO_MISSING');
  });
});
