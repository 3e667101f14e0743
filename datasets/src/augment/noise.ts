/** Speech and noise go in, the two at a chosen ratio come out. */
import type { Pcm } from '@auricle/audio';
import { Random } from '../random.js';
import { power, speechPower } from './speech-power.js';

let bank: Float32Array | undefined;

/** 65,536 samples of Gaussian noise of power 1, made once: drawing it anew for each example would cost more than its features. */
export function whiteNoise(): Float32Array {
  if (!bank) {
    const random = new Random(0);
    bank = Float32Array.from({ length: 1 << 16 }, () => random.normal());
  }
  return bank;
}

/** White Gaussian noise at a signal-to-noise ratio over the whole of `samples`, in decibels; digital silence stays silent.
 *  The noise repeats after 65,536 samples from a random start. */
export function addWhiteNoise(samples: Float32Array, snrDb: number, random: Random): Float32Array {
  const noise = whiteNoise();
  const start = random.integer(0, noise.length - 1);
  return mix(samples, noise, start, Math.sqrt(power(samples) / 10 ** (snrDb / 10)));
}

/** A random stretch of a recording of noise, over and over where that is shorter than the speech.
 *  @param noise at the speech's sample rate, at least one sample
 *  @param snrDb power of the active speech (`speechPower`) over the power of the noise that is added, in decibels. Where
 *  the speech or the stretch of noise is digital silence nothing is added. */
export function addNoise(speech: Pcm, noise: Float32Array, snrDb: number, random: Random): Pcm {
  const { samples, sampleRate } = speech;
  const start = random.integer(0, noise.length > samples.length ? noise.length - samples.length : noise.length - 1);
  const noisePower = loopedPower(noise, start, samples.length);
  if (noisePower === 0) return speech;
  const factor = Math.sqrt(speechPower(speech) / 10 ** (snrDb / 10) / noisePower);
  return { samples: mix(samples, noise, start, factor), sampleRate };
}

function loopedPower(noise: Float32Array, start: number, length: number): number {
  let sum = 0;
  for (let done = 0, at = start; done < length; at = 0) {
    const until = Math.min(noise.length, at + length - done);
    sum += power(noise, at, until) * (until - at);
    done += until - at;
  }
  return length > 0 ? sum / length : 0;
}

function mix(samples: Float32Array, noise: Float32Array, start: number, factor: number): Float32Array {
  const out = new Float32Array(samples.length);
  for (let i = 0, at = start; i < samples.length; i++) {
    out[i] = samples[i] + factor * noise[at];
    if (++at === noise.length) at = 0;
  }
  return out;
}
