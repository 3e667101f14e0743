/** One line of a manifest and the facts of its audio go in, the reasons to quarantine it and the warnings about it come out. */
import { frameCount } from '@auricle/audio';
import { type Recording, resolvePath } from '../manifest.js';
import type { AudioFacts } from './audio-facts.js';
import { type Reason, reason, reasonOf } from './reason.js';

export interface Findings {
  /** why it must not be trained on */
  reasons: Reason[];
  /** what a person should look at; it stays in */
  warnings: Reason[];
}

/** Token ids of a text; throws a coded error for what the vocabulary does not cover. */
export type EncodeText = (text: string) => ArrayLike<number>;

/** As the loader: durations in manifests are rounded, and codecs pad (seconds). */
const DURATION_TOLERANCE = 0.1;
/** Below the noise of a quiet room in any recording of a voice (dB of full scale). */
const SILENCE = -60;
/** Share of samples at full scale. */
const CLIPPING = 0.001;
const SAMPLE_RATE = 16_000;
/** Feature frames (10 ms) of an encoder frame. */
const SUBSAMPLING = 4;

/** Audio that cannot be what its line says. */
export function checkAudio(manifestPath: string, recording: Recording, facts: AudioFacts): Findings {
  const { seconds, loudest, clipped = 0 } = facts;
  const source = resolvePath(manifestPath, recording);
  const findings: Findings = { reasons: [], warnings: [] };
  if (recording.offset === undefined && Math.abs(seconds - recording.duration) > DURATION_TOLERANCE)
    findings.reasons.push(
      reason('AUR_VALIDATE_DURATION', {
        source,
        claimed: recording.duration,
        real: rounded(seconds),
        tolerance: DURATION_TOLERANCE,
      }),
    );
  // An empty text says that nothing is to be heard.
  if (loudest !== undefined && loudest < SILENCE && recording.text?.trim() !== '')
    findings.reasons.push(reason('AUR_VALIDATE_SILENT', { source, loudest: rounded(loudest), limit: SILENCE }));
  if (clipped > CLIPPING)
    findings.warnings.push(
      reason('AUR_VALIDATE_CLIPPED', { source, share: rounded(100 * clipped), limit: 100 * CLIPPING }),
    );
  return findings;
}

/** A text that cannot be learned from so much audio. Without `encode` a text's characters count as its labels, which is only a guess at its
 *  vocabulary: a label that is too long is a warning then.
 *  @param seconds of the audio */
export function checkText(text: string, seconds: number, where: string, encode?: EncodeText): Findings {
  if (text.trim() === '') return { reasons: [], warnings: [reason('AUR_VALIDATE_EMPTY_TEXT', { where })] };
  let labels: ArrayLike<unknown>;
  try {
    labels = encode ? encode(text) : Array.from(text.trim().replace(/\s+/gu, ' '));
  } catch (error) {
    return { reasons: [reasonOf(error, where)], warnings: [] };
  }
  const needed = ctcFrames(labels);
  const frames = Math.ceil(frameCount(Math.round(seconds * SAMPLE_RATE)) / SUBSAMPLING);
  if (needed <= frames) return { reasons: [], warnings: [] };
  const details = { where, labels: labels.length, needed, seconds: rounded(seconds), frames };
  const tooLong = [reason('AUR_VALIDATE_LABEL_LENGTH', details)];
  return encode ? { reasons: tooLong, warnings: [] } : { reasons: [], warnings: tooLong };
}

/** Each label takes a frame, and equal neighbours a blank between them. */
export function ctcFrames(labels: ArrayLike<unknown>): number {
  let frames = labels.length;
  for (let i = 1; i < labels.length; i++) if (labels[i] === labels[i - 1]) frames++;
  return frames;
}

export const rounded = (value: number): number => Math.round(value * 1000) / 1000;
