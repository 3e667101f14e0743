/** Throughput and memory of `auricle transcribe`, beside sherpa-onnx on the same ONNX file and recordings:
 *  node bench/transcribe.mjs [--model models/digits-en] [--minutes 40] [--hours 0] [--recording FILE]
 *  Recordings of a minute are made of one that repeats (`--minutes` of them), and a single long one (`--hours`), 16 kHz both. Wall time depends on what else
 *  the machine does; CPU time, of all threads, does so much less. */
import { spawn } from 'node:child_process';
import { createWriteStream, existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { readAudioFile, resample } from '@auricle/audio';
import { compared, median } from './comparison.mjs';

const ROOT = join(import.meta.dirname, '..');
const { values } = parseArgs({
  options: {
    model: { type: 'string', default: join(ROOT, 'models/digits-en') },
    recording: { type: 'string', default: join(ROOT, 'models/digits-en/recording.wav') },
    minutes: { type: 'string', default: '40' },
    hours: { type: 'string', default: '0' },
    rounds: { type: 'string', default: '1' },
    options: { type: 'string', default: '' },
  },
});
const RATE = 16_000;

/** A WAV file of the recording and pauses of half a second, over and over. */
async function writeRepeated(path, take, seconds) {
  const header = Buffer.alloc(44);
  const bytes = 2 * RATE * seconds;
  header.write('RIFF', 0);
  // 10 hours are 1.2 GB.
  header.writeUInt32LE(36 + bytes, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(RATE, 24);
  header.writeUInt32LE(2 * RATE, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(bytes, 40);
  const parts = function* () {
    yield header;
    for (let left = bytes; left > 0; left -= take.length) yield left < take.length ? take.subarray(0, left) : take;
  };
  await pipeline(parts, createWriteStream(path));
}

/** Runs to its end. @returns seconds of wall and CPU time, and the most memory held, MB */
async function measured(command, args) {
  const begun = performance.now();
  const child = spawn('/usr/bin/time', ['-f', '%U %S %M', command, ...args], {
    stdio: ['pipe', 'ignore', 'pipe'],
    cwd: ROOT,
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said += text;
  });
  child.stdin.end();
  const code = await new Promise((resolve) => child.on('close', resolve));
  if (code !== 0) throw new Error(`${args.join(' ')}: exit code ${code}: ${said}`);
  const [user, system, kilobytes] = said.trim().split('\n').at(-1).split(' ').map(Number);
  return { wall: (performance.now() - begun) / 1000, cpu: user + system, megabytes: kilobytes / 1024 };
}

/** name -> x real time of each round, by wall and by processor time */
const speeds = {};
function show(name, audio, { wall, cpu, megabytes }) {
  speeds[name] = [...(speeds[name] ?? []), { wall: audio / wall, cpu: audio / cpu }];
  const load = loadavg()[0].toFixed(1);
  console.log(
    `${name.padEnd(34)} ${(audio / wall).toFixed(0).padStart(5)}x real time  ${(audio / cpu).toFixed(0).padStart(5)}x a CPU second  ${megabytes.toFixed(0).padStart(5)} MB  (${wall.toFixed(1)} s wall, ${cpu.toFixed(1)} s CPU, load ${load})`,
  );
}

const folder = await mkdtemp(join(tmpdir(), 'auricle-bench-'));
try {
  const pcm = await readAudioFile(values.recording);
  const samples = resample(pcm.samples, pcm.sampleRate, RATE);
  const take = Buffer.alloc(2 * (samples.length + RATE / 2));
  samples.forEach((sample, i) => {
    take.writeInt16LE(Math.round(32_767 * sample), 2 * i);
  });
  const minutes = Number(values.minutes);
  await mkdir(join(folder, 'in'));
  for (let i = 0; i < minutes; i++) await writeRepeated(join(folder, 'in', `${i}.wav`), take, 60);
  const model = existsSync(join(values.model, 'model.int8.onnx')) ? 'model.int8.onnx' : 'model.onnx';
  console.log(`${cpus().length} cores, ${values.model} (${model}), ${minutes} recordings of a minute`);
  const auricle = [join(ROOT, 'cli/bin/auricle.js'), 'transcribe', '--model', values.model, '--quiet', '--output-dir'];
  const extra = values.options === '' ? [] : values.options.split(' ');
  for (let round = 0; round < Number(values.rounds) && minutes > 0; round++) {
    for (const workers of ['1', '2']) {
      const args = [
        ...auricle,
        join(folder, `out-${round}-${workers}`),
        '--workers',
        workers,
        ...extra,
        join(folder, 'in'),
      ];
      show(
        `auricle, ${workers} worker${workers === '1' ? '' : 's'}`,
        60 * minutes,
        await measured(process.execPath, args),
      );
    }
    const files = (await readdir(join(folder, 'in'))).map((name) => join(folder, 'in', name));
    await writeFile(join(folder, 'files'), files.join('\n'));
    const peer = join(ROOT, 'tests/fixtures/sherpa-transcribe.mjs');
    const script = `"$0" ${JSON.stringify(peer)} "$1" "$2" < "$3" > "$4"`;
    const args = [
      '-c',
      script,
      process.execPath,
      join(values.model, model),
      join(values.model, 'tokens.txt'),
      join(folder, 'files'),
      join(folder, 'peer.jsonl'),
    ];
    show('sherpa-onnx-node, 1 thread', 60 * minutes, await measured('bash', args));
    const heard = readFileSync(join(folder, 'peer.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const same = heard.filter(({ file, text }) => {
      const ours = readFileSync(
        join(folder, `out-${round}-2`, file.slice(join(folder, 'in').length + 1).replace('.wav', '.txt')),
        'utf8',
      );
      return ours.trim() === text;
    });
    console.log(`the same text in ${same.length} of ${heard.length} recordings`);
  }
  const [one, two, theirs] = ['auricle, 1 worker', 'auricle, 2 workers', 'sherpa-onnx-node, 1 thread'];
  const units = { wall: 'x real time', cpu: 'x processor time' };
  for (const [name, peerName, of] of minutes > 0
    ? [
        [one, theirs, 'wall'],
        [one, theirs, 'cpu'],
        [two, theirs, 'wall'],
        [two, theirs, 'cpu'],
        [two, one, 'wall'],
      ]
    : []) {
    const [ours, peer] = [name, peerName].map((side) => median(speeds[side].map((speed) => speed[of])));
    compared({
      comparison: `transcribing files, ${name.split(', ')[1]}${of === 'cpu' ? ', processor time' : ''}`,
      unit: units[of],
      better: 'higher',
      ours,
      peer,
      peerName: peerName.replace('auricle', 'ours'),
      rounds: speeds[name].length,
    });
  }
  const hours = Number(values.hours);
  if (hours > 0) {
    await writeRepeated(join(folder, 'long.wav'), take, 3600 * hours);
    const args = [...auricle, join(folder, 'out-long'), ...extra, join(folder, 'long.wav')];
    show(`auricle, a recording of ${hours} h`, 3600 * hours, await measured(process.execPath, args));
  }
} finally {
  await rm(folder, { recursive: true });
}
