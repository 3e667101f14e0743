/** Paths of recordings go in, their durations come out: of each run of the same path the file is looked at once. */
import { audioInfo } from '@auricle/audio';

/** For lists in which segments of one file follow each other. Nothing is decoded but what states no length in any other way: sound that is
 *  damaged behind a sound header is found by validation.
 *  @returns seconds of the whole file; throws as `audioInfo` */
export function fileSeconds(): (path: string) => Promise<number> {
  let last: { path: string; seconds: Promise<number> } | undefined;
  return (path) => {
    if (last?.path !== path) last = { path, seconds: audioInfo(path).then(({ duration }) => duration) };
    return last.seconds;
  };
}
