/** Memory and speed of whoever submits a manifest to a Redis: node bench/submit.mjs [--jobs 1000000] [--redis redis://127.0.0.1:6379]
 *  The manifest is written first, in a temporary folder; jobs go into a batch of their own, which is cancelled at the end. */
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { inBatch } from '@auricle/cli/batch/job-queue';
import { jobsOf } from '@auricle/cli/batch/jobs-of';
import { submitJobs } from '@auricle/cli/batch/submit-jobs';

const { values } = parseArgs({
  options: { jobs: { type: 'string', default: '1000000' }, redis: { type: 'string' } },
});
const count = Number(values.jobs);
const folder = await mkdtemp(join(tmpdir(), 'auricle-submit-'));
const manifest = join(folder, 'manifest.jsonl');
await pipeline(function* () {
  for (let i = 0; i < count; i++)
    yield `${JSON.stringify({ audio_filepath: `year/${i % 365}/recording-${i}.wav`, duration: 4.7 })}\n`;
}, createWriteStream(manifest));

const megabytes = () => process.memoryUsage().rss / 2 ** 20;
try {
  await inBatch({ redis: values.redis, name: `bench-${process.pid}` }, async ({ jobs }) => {
    for (const pass of ['first', 'again']) {
      const begun = performance.now();
      const before = process.cpuUsage();
      const memory = [];
      const watched = async function* () {
        let seen = 0;
        for await (const one of jobsOf([manifest], folder, 'normal')) {
          if (seen++ % Math.ceil(count / 10) === 0) memory.push(megabytes().toFixed(0));
          yield one;
        }
      };
      await submitJobs(jobs, watched(), () => undefined);
      memory.push(megabytes().toFixed(0));
      const seconds = (performance.now() - begun) / 1000;
      const { user, system } = process.cpuUsage(before);
      const { waiting } = await jobs.counts();
      console.log(
        `${pass}: ${(count / seconds).toFixed(0)} jobs a second (${((user + system) / 1e6).toFixed(0)} s CPU of ${seconds.toFixed(0)} s), ${waiting} waiting; MB at every tenth: ${memory.join(' ')}`,
      );
    }
    const begun = performance.now();
    console.log(`${await jobs.cancelAll()} cancelled in ${((performance.now() - begun) / 1000).toFixed(0)} s`);
  });
} finally {
  await rm(folder, { recursive: true });
}
