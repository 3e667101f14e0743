/** Audio that comes while it is heard. */
export interface LiveAudio {
  /** names it for people */
  source: string;
  /** Hz */
  sampleRate: number;
  /** mono, in [-1, 1] */
  samples: AsyncIterable<Float32Array>;
}
