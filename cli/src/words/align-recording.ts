/** A recording and its text go in, what the engine's model hears in it comes out, and when each word of the text was said. */
import type { Pcm } from '@auricle/audio';
import { ForcedAligner, type TextAlignment, type WordTimes } from '@auricle/decoding';
import { type Engine, type Transcript, transcribeSamples } from '@auricle/serving';
import { frameSecondsOf } from '@auricle/serving/recogniser';

export interface AlignedRecording {
  alignment: TextAlignment;
  transcript: Transcript;
}

/** @param wordTimes instead of the bundle's
 *  @throws DecodingError AUR_DECODING_UNKNOWN_SYMBOL, AUR_DECODING_ALIGN_LENGTH, and the stream's failures */
export async function alignRecording(
  engine: Engine,
  pcm: Pcm,
  text: string,
  wordTimes: WordTimes | undefined = engine.bundle.description.wordTimes,
): Promise<AlignedRecording> {
  const { bundle } = engine;
  const aligner = new ForcedAligner(bundle.tokens, text, { frameSeconds: frameSecondsOf(bundle), wordTimes });
  const transcript = await transcribeSamples(engine, pcm, {
    onLogProbs: ({ values, frames }) => aligner.push(values, frames),
  });
  return { alignment: aligner.finish(), transcript };
}

/** Whether a failure is about one recording and its text, not about the model. */
export const isAboutRecording = (code: string): boolean =>
  /^AUR_(AUDIO_|MANIFEST_|DECODING_(UNKNOWN_SYMBOL|ALIGN_LENGTH))/.test(code);
