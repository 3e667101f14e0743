import {
  DEFAULT_ENDPOINT_RULES,
  type EndpointRule,
  endpointRules,
  isEndpoint,
  listensToEnergy,
} from '@auricle/decoding';
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

describe('a rule', () => {
  const rule: EndpointRule = { needsSpeech: true, trailingSilence: 0.5, utteranceLength: 0 };
  const pause = { ...SPEECH, trailingSilence: 0.6 };

  it('with a cost holds only where the sentence may end', () => {
    const rules = [{ ...rule, maxRelativeCost: 2 }];
    expect(isEndpoint(rules, { ...pause, relativeCost: 2 })).toBe(true);
    expect(isEndpoint(rules, { ...pause, relativeCost: 2.1 })).toBe(false);
    expect(isEndpoint(rules, pause)).toBe(false);
    expect(isEndpoint([{ ...rule, maxRelativeCost: Number.POSITIVE_INFINITY }], pause)).toBe(true);
  });

  it('asks for the cost, which takes work, only where the rest of it holds', () => {
    let asked = 0;
    const state = (trailingSilence: number) => ({
      ...SPEECH,
      trailingSilence,
      get relativeCost() {
        asked++;
        return 0;
      },
    });
    isEndpoint([{ ...rule, maxRelativeCost: 2 }], state(0.4));
    expect(asked).toBe(0);
    isEndpoint([{ ...rule, maxRelativeCost: 2 }], state(0.5));
    expect(asked).toBe(1);
  });

  it('with a quiet holds by the energy of the audio, whatever was decoded', () => {
    const [silence] = endpointRules({
      rule1: false,
      rule2: false,
      rule3: false,
      rule4: false,
      rule5: false,
      silence: { quiet: 0.8 },
    });
    expect(isEndpoint([silence], { ...SILENCE, quiet: 0.8 })).toBe(true);
    expect(isEndpoint([silence], { ...SPEECH, quiet: 0.7 })).toBe(false);
    expect(isEndpoint([silence], SPEECH)).toBe(false);
  });
});

describe('endpointRules', () => {
  it("are Kaldi's five, with its defaults", () => {
    // online2/online-endpoint.h
    const five = endpointRules({});
    expect(
      five.map((rule) => [
        rule.needsSpeech,
        rule.trailingSilence,
        rule.maxRelativeCost,
        rule.utteranceLength,
        rule.quiet,
      ]),
    ).toEqual([
      [false, 5, Number.POSITIVE_INFINITY, 0, undefined],
      [true, 0.5, 2, 0, undefined],
      [true, 1, 8, 0, undefined],
      [true, 2, Number.POSITIVE_INFINITY, 0, undefined],
      [false, 0, Number.POSITIVE_INFINITY, 20, undefined],
    ]);
    expect(listensToEnergy(five)).toBe(false);
  });

  it('take what is other than the default, rule by rule', () => {
    const rules = endpointRules({ rule2: { trailingSilence: 0.8 }, rule3: false, silence: true });
    expect(rules).toHaveLength(5);
    expect(rules[1]).toMatchObject({ needsSpeech: true, trailingSilence: 0.8, maxRelativeCost: 2 });
    expect(rules[4]).toMatchObject({ quiet: 1 });
    expect(listensToEnergy(rules)).toBe(true);
  });

  it.each([
    [5, 'endpoint: seen 5'],
    [{ rule6: true }, 'endpoint.rule6'],
    [{ rule1: 3 }, 'endpoint.rule1: seen 3, expected an object, true or false'],
    [{ rule1: { trailingSilence: -1 } }, 'endpoint.rule1.trailingSilence: seen -1, expected a number from 0'],
    [{ rule1: { trailingSilence: '1' } }, 'endpoint.rule1.trailingSilence: seen 1'],
    [{ rule1: { needsSpeech: 1 } }, 'endpoint.rule1.needsSpeech: seen 1, expected true or false'],
    [{ rule2: { min_trailing_silence: 1 } }, 'endpoint.rule2.min_trailing_silence: seen an unknown option'],
    [{ silence: { quiet: 0 } }, 'endpoint.silence.quiet: seen 0'],
  ])('refuse %j', (options, message) => {
    expect(() => endpointRules(options)).toThrow(message);
  });
});
