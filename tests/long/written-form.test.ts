import { WrittenForm } from '@auricle/decoding';
import { toCardinal } from 'n2words/en-US';
import { expect, it } from 'vitest';
import { writtenAs } from '../decoding/written-form/spoken.js';

it('every number from 0 to 999,999 comes back from its words', () => {
  const form = new WrittenForm({ rules: 'all', wordsBelow: 0 });
  const wrong: string[] = [];
  for (let n = 0; n < 1_000_000; n++) {
    const written = writtenAs(form, toCardinal(n));
    if (written.replaceAll(',', '') !== String(n)) wrong.push(`${n}: ${written}`);
  }
  expect(wrong).toEqual([]);
}, 1_200_000);
