import { describe, expect, it } from 'vitest';
import { fuzz } from './fuzzing.js';
import { quietAndAlone } from './surroundings.js';

quietAndAlone();

describe('broken recordings of every format', () => {
  it('give samples or a coded error that names them, and take bounded memory (tests/long has more of them)', async () => {
    const { outcomes, failures, hungriest } = await fuzz(0, 1500);
    expect(failures).toEqual([]);
    // Both ends are reached, and many ways to it.
    expect(outcomes.samples).toBeGreaterThan(300);
    expect(Object.keys(outcomes).length).toBeGreaterThanOrEqual(8);
    expect(hungriest.bytes).toBeLessThan(2 ** 28);
  });
});
