import { describe, expect, it } from 'vitest';
import { fuzz } from '../audio/fuzzing.js';
import { quietAndAlone } from '../audio/surroundings.js';

quietAndAlone();

/** AURICLE_FUZZ_FILES and AURICLE_FUZZ_FROM choose others. */
const FILES = Number(process.env.AURICLE_FUZZ_FILES ?? 50_000);
/** The first are those of tests/audio/fuzz.test.ts. */
const FROM = Number(process.env.AURICLE_FUZZ_FROM ?? 0);

describe(`${FILES} broken recordings of every format`, () => {
  it('give samples or a coded error that names them, and take bounded memory and time', async () => {
    const report = await fuzz(FROM, FILES);
    process.stdout.write(`${JSON.stringify({ ...report, failures: report.failures.length }, null, 2)}\n`);
    expect(report.failures).toEqual([]);
    expect(report.hungriest.bytes).toBeLessThan(2 ** 28);
  });
});
