import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadFeatures, loadPcm } from '@auricle/datasets';
import { describe, expect, it } from 'vitest';
import { npyBytes, temporaryFolder, wavBytes } from './files.js';

const RATE = 8000;

/** A manifest beside a recording of two seconds whose sample i is i / 32767. */
async function corpus(): Promise<string> {
  const folder = await temporaryFolder();
  const ramp = Float32Array.from({ length: 2 * RATE }, (_, i) => i / 32767);
  await writeFile(join(folder, 'ramp.wav'), wavBytes(ramp, RATE));
  return join(folder, 'm.jsonl');
}

const utterance = (duration: number, offset?: number) => ({ audio_filepath: 'ramp.wav', text: '', duration, offset });
/** The samples' numbers in the recording. */
const indices = (samples: Float32Array) => Array.from(samples, (value) => Math.round(value * 32768));

describe('loadPcm', () => {
  it('gives the whole file where its duration is merely rounded', async () => {
    const manifest = await corpus();
    for (const duration of [1.95, 2, 2.05]) {
      const { samples, sampleRate } = await loadPcm(manifest, utterance(duration));
      expect([samples.length, sampleRate]).toEqual([2 * RATE, RATE]);
    }
  });

  it('gives the beginning of a file that is longer', async () => {
    const { samples } = await loadPcm(await corpus(), utterance(0.5));
    expect(samples).toHaveLength(RATE / 2);
    expect(indices(samples)[0]).toBe(0);
  });

  it('cuts the segment from its offset on', async () => {
    const { samples } = await loadPcm(await corpus(), utterance(0.5, 1.25));
    expect(samples).toHaveLength(RATE / 2);
    expect([indices(samples)[0], indices(samples).at(-1)]).toEqual([10_000, 13_999]);
  });

  it('gives two neighbouring segments every sample once', async () => {
    const manifest = await corpus();
    const edge = 0.50004;
    const left = await loadPcm(manifest, utterance(edge, 0));
    const right = await loadPcm(manifest, utterance(2 - edge, edge));
    expect(left.samples.length + right.samples.length).toBe(2 * RATE);
  });

  it('gives the beginning to the sample at a rate that no tenth of a second divides', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'ramp.wav'), wavBytes(new Float32Array(22_050), 11_025));
    const manifest = join(folder, 'm.jsonl');
    expect((await loadPcm(manifest, utterance(1))).samples).toHaveLength(11_025);
    expect((await loadPcm(manifest, utterance(1.8999))).samples).toHaveLength(Math.round(1.8999 * 11_025));
    expect((await loadPcm(manifest, utterance(1.9001))).samples).toHaveLength(22_050);
  });

  it('reads no more than the segment: what is broken behind it does not matter', async () => {
    const manifest = await corpus();
    const path = join(manifest, '..', 'ramp.wav');
    const bytes = await readFile(path);
    // Floats, the last of which is no number.
    bytes.writeUInt16LE(3, 20);
    bytes.writeUInt16LE(4, 32);
    bytes.writeUInt16LE(32, 34);
    bytes.fill(0, 44);
    bytes.writeFloatLE(Number.NaN, bytes.length - 4);
    await writeFile(path, bytes);
    expect((await loadPcm(manifest, utterance(0.5, 0.1))).samples).toEqual(new Float32Array(RATE / 2));
    await expect(loadPcm(manifest, utterance(0.9, 0.1))).rejects.toMatchObject({ code: 'AUR_AUDIO_DAMAGED' });
  });

  it.each([
    ['starts behind the end', utterance(0.5, 3)],
    ['ends behind the end', utterance(1, 1.5)],
    ['claims a longer file', utterance(2.5)],
  ])('refuses a segment that %s', async (_, bad) => {
    await expect(loadPcm(await corpus(), bad)).rejects.toMatchObject({
      code: 'AUR_MANIFEST_SEGMENT',
      message: expect.stringMatching(/ramp\.wav: the segment .* lies beyond the audio of 2 s/),
    });
  });

  it('names a file that is missing, and one that is no audio', async () => {
    const manifest = await corpus();
    await writeFile(join(manifest, '..', 'text.wav'), 'not audio');
    const missing = { ...utterance(1), audio_filepath: 'gone.wav' };
    await expect(loadPcm(manifest, missing)).rejects.toMatchObject({ code: 'AUR_AUDIO_MISSING' });
    await expect(loadPcm(manifest, { ...missing, audio_filepath: 'text.wav' })).rejects.toMatchObject({
      code: 'AUR_AUDIO_UNKNOWN_FORMAT',
    });
  });

  it('refuses an utterance of features only', async () => {
    const features = { features_filepath: 'f.npy', duration: 1, text: '' };
    await expect(loadPcm(await corpus(), features)).rejects.toMatchObject({ code: 'AUR_MANIFEST_NO_AUDIO' });
  });
});

describe('loadFeatures', () => {
  it('reads the matrix that the manifest names', async () => {
    const manifest = await corpus();
    await writeFile(join(manifest, '..', 'f.npy'), npyBytes([1, 2, 3, 4], '2, 2'));
    const matrix = await loadFeatures(manifest, { ...utterance(1), features_filepath: 'f.npy' });
    expect(matrix).toMatchObject({ rows: 2, columns: 2 });
  });
});
