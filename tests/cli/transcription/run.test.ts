/** `auricle transcribe` as its users run it: folders with junk, formats, resuming, references, watching. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import {
  appendFile,
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeWav, readAudioFile, resample } from '@auricle/audio';
import { checkTogether, type TranscribeFlags } from '@auricle/cli/transcription/options';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { bytesOf, wav } from '../../audio/wav-bytes.js';

const ROOT = join(import.meta.dirname, '../../..');
const AURICLE = join(ROOT, 'cli/bin/auricle.js');
const RECORDING = join(ROOT, 'models/digits-en/recording.wav');
const SPOKEN = 'three one four one five nine two';
const LEDGER = '.auricle-transcribe.jsonl';

let root: string;
let folder: string;
const at = (...names: string[]) => join(folder, ...names);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'auricle-transcribe-'));
});
beforeEach(async () => {
  folder = await mkdtemp(join(root, 'case-'));
});
afterAll(() => rm(root, { recursive: true }));

function transcribe(args: string[], input?: Buffer) {
  const options = { cwd: folder, encoding: 'utf8', input } as const;
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [AURICLE, 'transcribe', '--workers', '1', ...args],
    options,
  );
  return { stdout, stderr, status, failures: stderr.split('could not be transcribed:\n')[1] ?? '' };
}

const files = async (path: string) => (await readdir(path, { recursive: true })).sort();

describe('a folder with junk among its recordings', () => {
  it('is done but for what cannot be, which is told by name at the end, and by the exit code', async () => {
    await mkdir(at('in/sub/deep'), { recursive: true });
    const odd = 'new\nline 😀.wav';
    await copyFile(RECORDING, at('in/good.wav'));
    await copyFile(RECORDING, at('in/sub/deep', odd));
    await copyFile(RECORDING, at('in/sub/twice.wav'));
    await copyFile(join(ROOT, 'tests/audio/fixtures/encodings/stereo.flac'), at('in/sub/twice.flac'));
    await writeFile(at('in/empty.wav'), '');
    await writeFile(at('in/cut.wav'), (await readFile(RECORDING)).subarray(0, 2000));
    await writeFile(at('in/junk\nmail.mp3'), 'no sound at all');
    await writeFile(at('in/notes.txt'), 'no recording');
    await mkdir(at('in/folder.wav'));
    const { stdout, stderr, status, failures } = transcribe(['in', '--output-dir', 'out', '--format', 'txt,srt']);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(await files(at('out'))).toEqual(
      [
        LEDGER,
        'good.srt',
        'good.txt',
        'sub',
        'sub/deep',
        `sub/deep/${odd.replace('wav', 'srt')}`,
        `sub/deep/${odd.replace('wav', 'txt')}`,
      ].sort(),
    );
    expect(await readFile(at('out/good.txt'), 'utf8')).toBe(`${SPOKEN}\n`);
    expect(await readFile(at('out/sub/deep', odd.replace('wav', 'txt')), 'utf8')).toBe(`${SPOKEN}\n`);
    const lines = failures
      .trim()
      .split('\n')
      .map((line) => line.trim());
    expect(lines).toHaveLength(5);
    for (const [name, code] of [
      ['in/empty.wav', 'AUR_AUDIO_EMPTY'],
      ['in/cut.wav', 'AUR_AUDIO_TRUNCATED'],
      ['in/junk\\u000amail.mp3', 'AUR_AUDIO_'],
      ['in/sub/twice.wav', 'AUR_CLI_OUTPUT_TWICE'],
      ['in/sub/twice.flac', 'AUR_CLI_OUTPUT_TWICE'],
    ])
      expect(lines.filter((line) => line.startsWith(`${name}: ${code}`))).toHaveLength(1);
    expect(stderr).toContain('5 of 7 could not be transcribed');
    expect(stderr).toContain('passed over, no recording by its name: in/notes.txt');
  });

  it('says so of one that may not be read', async () => {
    await mkdir(at('in'));
    await copyFile(RECORDING, at('in/good.wav'));
    // Also root, which may read everything, cannot read this.
    if (process.platform === 'linux') spawnSync('ln', ['-s', '/proc/self/mem', at('in/secret.wav')]);
    const { stdout, status, failures } = transcribe(['in', 'nowhere.wav', '--format', 'txt']);
    expect(status).toBe(2);
    expect(stdout).toBe(`in/good.wav\t${SPOKEN}\n`);
    expect(failures).toContain('nowhere.wav: AUR_AUDIO_MISSING');
    if (process.platform === 'linux') expect(failures).toMatch(/in\/secret\.wav: AUR_AUDIO_/);
  });

  it('hears three channels at 96 kHz, together and one by one', async () => {
    const { samples, sampleRate } = await readAudioFile(RECORDING);
    const high = resample(samples, sampleRate, 96_000);
    const interleaved = new Float32Array(3 * high.length);
    for (const [i, sample] of high.entries()) interleaved.set([sample, 0, sample / 2], 3 * i);
    await writeFile(
      at('three.wav'),
      wav(bytesOf(interleaved), { format: 3, channels: 3, sampleRate: 96_000, bits: 32 }),
    );
    expect(transcribe(['three.wav']).stdout).toBe(`${SPOKEN}\n`);
    const { stdout } = transcribe(['three.wav', '--channels', 'each', '--json']);
    const { channels: count, segments } = JSON.parse(stdout) as {
      channels: number;
      segments: { channel: number; text: string }[];
    };
    expect(count).toBe(3);
    const said = (channel: number) =>
      segments
        .filter((segment) => segment.channel === channel)
        .map(({ text }) => text)
        .join(' ');
    expect([said(0), said(1), said(2)]).toEqual([SPOKEN, '', SPOKEN]);
  });

  it('tells of an output that finds no room, by name, and leaves no part of it', async () => {
    await copyFile(RECORDING, at('one.wav'));
    // Files may have 1 KiB: a TextGrid is longer, a text is not.
    const script = `trap '' XFSZ; ulimit -f 1; exec "$0" "$@"`;
    const args = [
      AURICLE,
      'transcribe',
      '--workers',
      '1',
      'one.wav',
      '--output-dir',
      'out',
      '--format',
      'txt,textgrid',
    ];
    const { status, stderr } = spawnSync('bash', ['-c', script, process.execPath, ...args], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(stderr).toMatch(/one\.wav: AUR_CLI_FILE: out\/one\.TextGrid: EFBIG/);
    expect(status).toBe(2);
    expect(await files(at('out'))).toEqual(['one.txt']);
  });
});

describe('outputs', () => {
  it('of several recordings to standard output tell which they are of, in the order of the recordings', async () => {
    for (const name of ['b.wav', 'a.wav']) await copyFile(RECORDING, at(name));
    expect(transcribe(['b.wav', 'a.wav']).stdout).toBe(`b.wav\t${SPOKEN}\na.wav\t${SPOKEN}\n`);
    const csv = transcribe(['b.wav', 'a.wav', '--format', 'csv']).stdout.trim().split('\n');
    expect(csv.map((line) => line.split(',')[0])).toEqual(['file', 'b.wav', 'a.wav']);
    const refused = transcribe(['b.wav', 'a.wav', '--format', 'srt']);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain('AUR_CLI_PATHS: --format srt of 2 recordings: expected an --output-dir');
  });

  it('of standard input and of one recording are the text alone', async () => {
    expect(transcribe(['-'], await readFile(RECORDING)).stdout).toBe(`${SPOKEN}\n`);
    expect(JSON.parse(transcribe(['-', '--json'], await readFile(RECORDING)).stdout)).toMatchObject({
      file: '-',
      text: SPOKEN,
    });
  });

  it('of a manifest need no texts in it, and parts have names of their own', async () => {
    await mkdir(at('data'));
    await copyFile(RECORDING, at('data/x.wav'));
    const lines = [
      { audio_filepath: 'data/x.wav' },
      { audio_filepath: 'data/x.wav', offset: 2.6, duration: 2.1 },
      { text: 'nothing' },
    ];
    await writeFile(at('list.jsonl'), `${lines.map((line) => JSON.stringify(line)).join('\n')}\nno JSON\n`);
    const { status, failures } = transcribe(['list.jsonl', '--output-dir', 'out']);
    expect(status).toBe(2);
    expect(failures).toContain('list.jsonl:3: AUR_CLI_LIST');
    expect(failures).toContain('list.jsonl:4: AUR_CLI_LIST');
    expect(await readFile(at('out/data/x.txt'), 'utf8')).toBe(`${SPOKEN}\n`);
    expect(await readFile(at('out/data/x@2.6.txt'), 'utf8')).toMatch(/five nine two\n$/);
  });

  it('have rules for subtitles, and numbers in figures where they are asked for', async () => {
    await copyFile(RECORDING, at('x.wav'));
    const { stdout } = transcribe(['x.wav', '--format', 'srt', '--line-length', '10', '--lines', '1']);
    for (const line of stdout.split('\n').filter((text) => /^[a-z]/.test(text)))
      expect(line.length).toBeLessThanOrEqual(10);
    expect(transcribe(['x.wav', '--itn']).stdout).toBe('3141592\n');
  });
});

describe('--resume', () => {
  it('does again only what is not done, not sound or not the same', async () => {
    const names = ['done', 'spoiled', 'changed', 'missing'];
    await mkdir(at('in'));
    for (const name of names) await copyFile(RECORDING, at(`in/${name}.wav`));
    const args = ['in', '--output-dir', 'out', '--format', 'txt', '--reference', 'said.jsonl'];
    const said = names.map((name) => JSON.stringify({ audio_filepath: `in/${name}.wav`, duration: 4.7, text: SPOKEN }));
    await writeFile(at('said.jsonl'), said.join('\n'));
    expect(transcribe(args).status).toBe(0);
    const made = async () =>
      Object.fromEntries(
        await Promise.all(names.map(async (name) => [name, (await stat(at(`out/${name}.txt`))).mtimeMs])),
      );
    const early = new Date(2020, 1, 1);
    await writeFile(at('out/spoiled.txt'), 'three one');
    await rm(at('out/missing.txt'));
    await utimes(at('in/changed.wav'), early, early);
    for (const name of ['done', 'spoiled', 'changed']) await utimes(at(`out/${name}.txt`), early, early);
    // A line that a killed run had begun.
    await appendFile(at('out', LEDGER), '\n{"name":"done","sour');
    const { status, stdout } = transcribe([...args, '--resume']);
    expect(status).toBe(0);
    // What was done before is scored too.
    expect(stdout).toMatch(/^WER +0\.00 % .* 28 words$/m);
    const times = await made();
    expect(times.done).toBe(early.getTime());
    for (const name of ['spoiled', 'changed', 'missing']) expect(times[name]).toBeGreaterThan(early.getTime());
    for (const name of names) expect(await readFile(at(`out/${name}.txt`), 'utf8')).toBe(`${SPOKEN}\n`);
    // Other options: all of it.
    await utimes(at('out/done.txt'), early, early);
    expect(transcribe([...args, '--resume', '--itn']).status).toBe(0);
    expect(await readFile(at('out/done.txt'), 'utf8')).toBe('3141592\n');
  });
});

describe('--reference', () => {
  it('prints error rates, and what is in none of them', async () => {
    for (const name of ['a', 'b', 'c']) await copyFile(RECORDING, at(`${name}.wav`));
    const lines = [
      { audio_filepath: 'a.wav', duration: 4.7, text: SPOKEN },
      { audio_filepath: 'b.wav', duration: 4.7, text: `${SPOKEN} six` },
      { audio_filepath: 'd.wav', duration: 4.7, text: SPOKEN },
    ];
    await writeFile(at('said.jsonl'), lines.map((line) => JSON.stringify(line)).join('\n'));
    const { status, stderr, stdout } = transcribe(['a.wav', 'b.wav', 'c.wav', '--reference', 'said.jsonl']);
    expect(status).toBe(0);
    expect(stdout.split('\n')).toHaveLength(4);
    expect(stderr).toMatch(/^WER +6\.67 % .* 1 +0 +1 +0 +15 words$/m);
    expect(stderr).toContain('1 recordings have no reference');
    expect(stderr).toContain('1 references have no transcript');
  });
});

describe('--watch', () => {
  it('does what lies in the folder and what comes, until it is told to end', async () => {
    await mkdir(at('in'));
    await copyFile(RECORDING, at('in/first.wav'));
    const args = [AURICLE, 'transcribe', '--workers', '1', '--watch', 'in', '--output-dir', 'out'];
    const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    let told = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      told += text;
    });
    const exited = once(child, 'exit');
    onTestFinished(() => void child.kill('SIGKILL'));
    const until = (isSo: () => boolean) =>
      vi.waitUntil(() => isSo() || child.exitCode !== null, { timeout: 100_000, interval: 50 });
    await until(() => existsSync(at('out/first.txt')));
    await copyFile(RECORDING, at('half'));
    await rename(at('half'), at('in/second.wav'));
    await writeFile(at('in/bad.wav'), 'RIFF');
    await until(() => existsSync(at('out/second.txt')) && told.includes('bad.wav: AUR_AUDIO_TRUNCATED'));
    child.kill('SIGTERM');
    const [code] = await exited;
    expect(code).toBe(2);
    expect(await readFile(at('out/second.txt'), 'utf8')).toBe(`${SPOKEN}\n`);
  });
});

describe('options that do not go together', () => {
  const flags = (more: Partial<TranscribeFlags>) =>
    ({ json: false, resume: false, watch: false, ...more }) as TranscribeFlags;
  it.each<[string[], Partial<TranscribeFlags>, string]>([
    [['x.wav'], { resume: true }, 'expected an --output-dir'],
    [['x.wav'], { format: ['txt', 'srt'] }, 'expected an --output-dir'],
    [['a'], { watch: true }, 'expected an --output-dir'],
    [['a', 'b'], { watch: true, outputDir: 'out' }, 'expected one folder'],
    [['a'], { watch: true, outputDir: 'out', reference: 'x.jsonl' }, 'no --reference'],
    [['x.wav'], { normalise: 'en' }, 'expected a --reference'],
  ])('%j with %j is refused', (paths, more, problem) => {
    expect(() => checkTogether(paths, flags(more))).toThrow(
      expect.objectContaining({ code: 'AUR_CLI_PATHS', message: expect.stringContaining(problem) }),
    );
  });

  it('a format that is none is refused', () => {
    expect(transcribe(['x.wav', '--format', 'doc']).stderr).toContain('expected some of txt,json');
  });

  it('standard input is read once', () => {
    expect(transcribe(['-', '-'], Buffer.from('')).stderr).toContain('standard input can be read once');
  });

  it('an empty folder has nothing to transcribe', async () => {
    await mkdir(at('in'));
    const { status, stderr } = transcribe(['in']);
    expect(status).toBe(1);
    expect(stderr).toContain('no recording found');
  });
});

it('a recording longer than the cut length is cut on the command line too', async () => {
  const { samples, sampleRate } = await readAudioFile(RECORDING);
  const twice = new Float32Array(2 * samples.length + 8000);
  twice.set(samples);
  twice.set(samples, samples.length + 8000);
  await writeFile(at('long.wav'), encodeWav({ samples: twice, sampleRate }));
  const { stdout } = transcribe(['long.wav', '--cut-seconds', '7']);
  // The model is unsure of one word.
  expect(stdout.replaceAll('five one', 'four one')).toBe(`${SPOKEN} ${SPOKEN}\n`);
});
