import { join } from 'node:path';
import { inspectBundle } from '@auricle/cli/bridge/inspect-bundle';
import { describe, expect, it } from 'vitest';

const DIGITS = join(import.meta.dirname, '../../../models/digits-en');

describe('inspecting a bundle', () => {
  it('tells its interface, sizes, operators, vocabulary, latency and origin', async () => {
    const { models, tokens, latency, state, network, description } = await inspectBundle(DIGITS);
    expect(models.map(({ file }) => file)).toEqual(['model.onnx', 'model.int8.onnx']);
    const [float, int8] = models;
    expect(float.inputs[0]).toBe('audio_signal: float32 [N, 80, 32]');
    expect(float.outputs).toHaveLength(5);
    expect(int8.bytes).toBeLessThan(float.bytes / 3);
    expect(Object.values(float.operators).reduce((a, b) => a + b)).toBe(float.nodes);
    expect(int8.constants.int8).toBeGreaterThan(8e5);
    expect([float.fullRangeWeights, int8.fullRangeWeights]).toEqual([undefined, true]);
    expect(tokens).toHaveLength(11);
    expect(latency).toEqual({ chunkMs: 320, featureMs: 17.5, leftMs: 1280 });
    expect(state).toEqual({ shapes: ['[4, 32, 48]', '[5, 8, 96]'], bytes: 4 * (4 * 32 * 48 + 5 * 8 * 96) });
    expect(network).toMatchObject({ width: 96, blocks: 4 });
    expect(description.training).toMatchObject({ parameters: 871_211 });
  });

  it('refuses what is no bundle', async () => {
    await expect(inspectBundle('nowhere')).rejects.toMatchObject({ code: 'AUR_BUNDLE_MISSING' });
  });
});
