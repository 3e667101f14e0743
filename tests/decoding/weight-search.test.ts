import { searchWeights, type Trial, type Weights } from '@auricle/decoding';
import { expect, it } from 'vitest';

const bowl = ({ alpha, beta, priorScale }: Weights) =>
  (alpha - 1.3) ** 2 + 0.3 * (beta + 0.7) ** 2 + (priorScale - 0.6) ** 2;

it('finds the least errors near the start to the last step, and tries nothing twice', async () => {
  const trials: Trial[] = [];
  const best = await searchWeights(bowl, { halvings: 4, onTrial: (trial) => trials.push(trial) });
  expect(Math.abs(best.alpha - 1.3)).toBeLessThanOrEqual(0.25 / 16 + 1e-9);
  expect(Math.abs(best.beta + 0.7)).toBeLessThanOrEqual(1 / 16 + 1e-9);
  expect(best.priorScale).toBe(0);
  expect(best.errors).toBe(Math.min(...trials.map(({ errors }) => errors)));
  expect(new Set(trials.map(({ alpha, beta }) => `${alpha} ${beta}`)).size).toBe(trials.length);
});

it('never tries a negative weight of the language model', async () => {
  const trials: Trial[] = [];
  const best = await searchWeights(({ alpha }) => alpha, { onTrial: (trial) => trials.push(trial) });
  expect(best.alpha).toBe(0);
  expect(trials.every(({ alpha }) => alpha >= 0)).toBe(true);
});

it('looks for the share of the priors too where that has a step', async () => {
  const steps = { alpha: 0.25, beta: 1, priorScale: 0.25 };
  const best = await searchWeights(bowl, { halvings: 4, steps });
  expect(Math.abs(best.priorScale - 0.6)).toBeLessThanOrEqual(0.25 / 16 + 1e-9);
});
