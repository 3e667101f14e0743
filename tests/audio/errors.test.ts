import { AuricleError, errorTable } from '@auricle/audio';
import { describe, expect, it } from 'vitest';

describe('errorTable', () => {
  const fail = errorTable({ AUR_TEST_RANGE: '{field}: {value} is not in [{low}, {high}]' });

  it('fills the template with the details and keeps the code', () => {
    const error = fail('AUR_TEST_RANGE', { field: 'sampleRate', value: 0, low: 1, high: 10 });
    expect(error).toBeInstanceOf(AuricleError);
    expect(error.code).toBe('AUR_TEST_RANGE');
    expect(error.message).toBe('sampleRate: 0 is not in [1, 10]');
  });
});
