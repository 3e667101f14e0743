/** Written forms in streams: partials and finals alike, and a stream may have another one than its engine. */
import { join } from 'node:path';
import { readAudioFile } from '@auricle/audio';
import { WrittenForm } from '@auricle/decoding';
import { createEngine, type Segment, transcribeSamples } from '@auricle/serving';
import { expect, it } from 'vitest';

const BUNDLE = join(import.meta.dirname, '../../models/digits-en');

it('an engine writes what its streams say, as the words alone would be written', async () => {
  const engine = await createEngine({ bundle: BUNDLE, writtenForm: { rules: 'all' } });
  try {
    const pcm = await readAudioFile(join(BUNDLE, 'recording.wav'));
    const heard = async (writtenForm?: object) => {
      const all: Segment[] = [];
      const stream = engine.openStream({ sampleRate: pcm.sampleRate, writtenForm, onSegment: (s) => all.push(s) });
      stream.push(pcm.samples);
      const { text } = await stream.finish();
      return { text, segments: all };
    };
    const spoken = await heard({});
    const written = await heard();
    expect(spoken.text).toBe('three one four one five nine two');
    expect(written.text).toBe('3141592');
    const form = new WrittenForm({ rules: 'all' });
    expect(written.segments.map(({ words }) => words)).toEqual(spoken.segments.map(({ words }) => form.apply(words)));
    expect(written.segments.length).toBeGreaterThan(3);
    expect(written.segments.at(-1)).toMatchObject({ isFinal: true, text: '3141592' });
    // A segment of which nothing is left has no part in the text.
    const nothing = ['three', 'one', 'four', 'five', 'nine', 'two'].map((find) => ({ find }));
    expect((await heard({ replacements: nothing })).text).toBe('');
    expect((await transcribeSamples(engine, pcm)).text).toBe('3141592');
  } finally {
    await engine.close();
  }
});

it('does not start with options that make no sense', async () => {
  await expect(createEngine({ bundle: BUNDLE, writtenForm: { wordsBelow: -1 } })).rejects.toMatchObject({
    code: 'AUR_DECODING_OPTION',
  });
});
