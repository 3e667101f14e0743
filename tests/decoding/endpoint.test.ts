import { DEFAULT_ENDPOINT_RULES, type EndpointRule, isEndpoint } from '@auricle/decoding';
import { describe, expect, it } from 'vitest';

const SPEECH = { trailingSilence: 0, utteranceLength: 5, hasSpeech: true };
const SILENCE = { trailingSilence: 0, utteranceLength: 0, hasSpeech: false };

describe('the default rules', () => {
  const ends = (segment: typeof SPEECH) => isEndpoint(DEFAULT_ENDPOINT_RULES, segment);

  it('end a segment 2.4 s after nothing was said', () => {
    expect(ends({ ...SILENCE, trailingSilence: 2.39, utteranceLength: 2.39 })).toBe(false);
    expect(ends({ ...SILENCE, trailingSilence: 2.4, utteranceLength: 2.4 })).toBe(true);
  });

  it('end a segment 1.2 s after speech', () => {
    expect(ends({ ...SPEECH, trailingSilence: 1.19 })).toBe(false);
    expect(ends({ ...SPEECH, trailingSilence: 1.2 })).toBe(true);
  });

  it('end a segment of 20 s in the middle of speech', () => {
    expect(ends({ ...SPEECH, utteranceLength: 19.9 })).toBe(false);
    expect(ends({ ...SPEECH, utteranceLength: 20 })).toBe(true);
  });

  it('count thirty frames of 40 ms as 1.2 s', () => {
    let trailingSilence = 0;
    for (let frame = 0; frame < 30; frame++) trailingSilence += 0.04;
    expect(ends({ ...SPEECH, trailingSilence })).toBe(true);
  });
});

describe('isEndpoint', () => {
  const rule: EndpointRule = { needsSpeech: true, trailingSilence: 1, utteranceLength: 3 };

  it.each([
    [{ hasSpeech: true, trailingSilence: 1, utteranceLength: 3 }, true],
    [{ hasSpeech: false, trailingSilence: 1, utteranceLength: 3 }, false],
    [{ hasSpeech: true, trailingSilence: 0.9, utteranceLength: 3 }, false],
    [{ hasSpeech: true, trailingSilence: 1, utteranceLength: 2.9 }, false],
  ])('needs every condition of a rule: %o', (segment, expected) => {
    expect(isEndpoint([rule], segment)).toBe(expected);
  });

  it('never ends a segment without rules', () => {
    expect(isEndpoint([], { hasSpeech: true, trailingSilence: 1e9, utteranceLength: 1e9 })).toBe(false);
  });
});
