/** docs/guides/bridge.md, command by command, with a model of two tones in the digits' place. */
import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeToneCorpus } from '../fixtures/tone-corpus.js';
import { type Guide, openGuide } from './guide.js';

let guide: Guide;
beforeAll(async () => {
  guide = await openGuide('bridge.md');
  const corpus = guide.at('runs/fsdd');
  const recipe = await readFile(await writeToneCorpus(corpus), 'utf8');
  await writeFile(
    guide.at('recipe.yaml'),
    recipe.replaceAll(corpus, 'runs/fsdd').replace('name: tones', 'name: digits-en'),
  );
  guide.run('npx auricle train recipe.yaml --set epochs=40 seed=2 model.blocks=2 --loader-threads 1');
}, 300_000);
afterAll(() => guide.remove());

describe('the guide from a checkpoint to a small model', () => {
  it('works command by command', { timeout: 900_000 }, async () => {
    expect(guide.commands).toHaveLength(9);
    const [exported, , whole, inspected, dynamic, , pruned, , reported] = guide.commands.map(guide.run);
    expect(Number(/training forward: (\S+)/.exec(exported)![1])).toBeLessThanOrEqual(1e-4);
    expect(Number(/training forward: (\S+)/.exec(whole)![1])).toBeLessThanOrEqual(1e-4);
    expect(inspected).toMatch(/^latency +320 ms a chunk/m);
    expect(inspected).toMatch(/^model\.int8\.onnx: .*int8/m);
    expect(dynamic).toMatch(/^WER before: .*\nWER after: /m);
    const shares = [...pruned.matchAll(/([\d.]+) % of the multiply-adds/g)].map((match) => Number(match[1]));
    expect(shares).toEqual([expect.closeTo(70, -1), expect.closeTo(50, -1)]);
    for (const name of ['float', 'static', 'dynamic *', 'fp16', 'weights8', 'weights4', 'half', 'half, int8'])
      expect(reported, name).toMatch(new RegExp(`^${name.replace('*', '\\*')} +\\d`, 'm'));
    const page = await readFile(guide.at('runs/digits-report/report.html'), 'utf8');
    expect(page).toContain('<polyline class="front"');
    expect(page).not.toMatch(/(src|href)=/);
    const { variants } = JSON.parse(await readFile(guide.at('runs/digits-report/report.json'), 'utf8'));
    expect(variants).toHaveLength(8);
    for (const { bytes, cost, errors } of variants) {
      expect(bytes).toBeGreaterThan(0);
      expect(cost.runMs['16']).toBeGreaterThan(0);
      expect(errors.words).toBeGreaterThan(0);
    }
  });
});
