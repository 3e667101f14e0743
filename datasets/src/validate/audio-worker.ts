/** One thread of `inspectInThreads`: a line of a manifest comes in, the facts of its audio or the reason against it go out. */
import { type Recording, resolvePath } from '../manifest.js';
import { type AudioFacts, audioFacts } from './audio-facts.js';
import { type Reason, reasonOf } from './reason.js';

export interface AudioTask {
  manifestPath: string;
  recording: Recording;
}

export type AudioAnswer = { facts: AudioFacts } | { reason: Reason };

export default async function inspect({ manifestPath, recording }: AudioTask): Promise<AudioAnswer> {
  try {
    return { facts: await audioFacts(manifestPath, recording) };
  } catch (error) {
    return { reason: reasonOf(error, resolvePath(manifestPath, recording)) };
  }
}
