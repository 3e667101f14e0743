// Paths go in as workerData; the length, the rate and the sum of the absolute samples of each come out in one message.
import { parentPort, workerData } from 'node:worker_threads';
import { readAudioFile, resample } from '@auricle/audio';

const results = [];
for (const { path, raw } of workerData) {
  const { samples, sampleRate } = await readAudioFile(path, { raw });
  const sum = samples.reduce((total, v) => total + Math.abs(v), 0);
  results.push({ length: samples.length, sampleRate, sum, resampled: resample(samples, sampleRate, 16_000).length });
}
parentPort.postMessage(results);
