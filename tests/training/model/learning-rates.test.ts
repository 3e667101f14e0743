import { modelConfigSchema, parameterSpecs } from '@auricle/training';
import { learningRates, ruleOfEach } from '@auricle/training/model/learning-rates';
import { describe, expect, it } from 'vitest';

const config = modelConfigSchema.parse({ width: 8, blocks: 2, heads: 2, feedForward: 2, convolution: 3 });
const specs = parameterSpecs({ config, vocabulary: 5 });
const sizes = specs.map(({ shape }) => shape.reduce((a, b) => a * b, 1));

/** Rate of each parameter by name; every number of a parameter must have the same. */
function ratesByName(rules: Parameters<typeof learningRates>[1]): Record<string, number> {
  const rates = learningRates(specs, rules);
  expect(rates).toHaveLength(sizes.reduce((a, b) => a + b, 0));
  let at = 0;
  return Object.fromEntries(
    specs.map(({ name }, i) => {
      const part = rates.subarray(at, at + sizes[i]);
      at += sizes[i];
      expect(new Set(part).size, name).toBe(1);
      return [name, part[0]];
    }),
  );
}

describe('learning rates by name', () => {
  it('are 1 for what no rule names', () => {
    expect(new Set(learningRates(specs, []))).toEqual(new Set([1]));
  });

  it('are those of the first rule that fits', () => {
    const rates = ratesByName([
      { parameters: 'block1\\..*', rate: 0.5 },
      { parameters: 'block.*bias', rate: 0.25 },
      { parameters: 'subsampling.*', rate: 0 },
    ]);
    expect(rates['block1.attention.out.bias']).toBe(0.5);
    expect(rates['block0.attention.out.bias']).toBe(0.25);
    expect(rates['block0.attention.out.weight']).toBe(1);
    expect([rates['subsampling.first.weight'], rates['subsampling.second.bias']]).toEqual([0, 0]);
    expect(rates['output.weight']).toBe(1);
  });

  it('need the whole name to fit, alternatives of a pattern too', () => {
    expect(ruleOfEach(specs, [{ parameters: 'block0', rate: 0 }]).every((rule) => rule === -1)).toBe(true);
    const fitting = specs.filter((_, i) => ruleOfEach(specs, [{ parameters: 'output|output.bias', rate: 0 }])[i] === 0);
    expect(fitting.map(({ name }) => name)).toEqual(['output.bias']);
  });
});
