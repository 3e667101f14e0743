import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { readAudioFile, resample } from '@auricle/audio';
import { expect, it } from 'vitest';
import { codecFiles } from './codecs.js';

it('every format decodes in worker threads, several at a time, as in the main one', async () => {
  const files = codecFiles.map(({ path, raw }) => ({ path, raw }));
  const expected = [];
  for (const { path, raw } of files) {
    const { samples, sampleRate } = await readAudioFile(path, { raw });
    const sum = samples.reduce((total, v) => total + Math.abs(v), 0);
    expected.push({ length: samples.length, sampleRate, sum, resampled: resample(samples, sampleRate, 16_000).length });
  }
  const workers = [1, 2].map(() => new Worker(new URL('./decode-worker.mjs', import.meta.url), { workerData: files }));
  const results = await Promise.all(workers.map((worker) => once(worker, 'message')));
  for (const [result] of results) expect(result).toEqual(expected);
  await Promise.all(workers.map((worker) => worker.terminate()));
});
