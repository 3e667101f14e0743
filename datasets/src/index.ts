export * from './augment/index.js';
export * from './buckets.js';
export * from './download.js';
export * from './errors.js';
export * from './feature-cache.js';
export { isAudioName, stemOf } from './importers/audio-files.js';
export * from './importers/csv.js';
export * from './importers/folder.js';
export * from './importers/kaldi.js';
export * from './importers/librispeech.js';
export { type ImportOptions, type ImportReport, writeImport } from './importers/write-import.js';
export * from './manifest.js';
export * from './manifest-index.js';
export * from './npy.js';
export * from './random.js';
export { downloadAn4, prepareAn4 } from './recipes/an4.js';
export type { FetchOptions } from './recipes/archives.js';
export * from './recipes/common-voice.js';
export type { PreparedCorpus, PreparedSplit } from './recipes/corpus-manifests.js';
export * from './recipes/fsdd.js';
export {
  downloadLibrispeech,
  LIBRISPEECH_PARTS,
  type LibrispeechPart,
  prepareLibrispeech,
} from './recipes/librispeech.js';
export { downloadLjspeech, prepareLjspeech } from './recipes/ljspeech.js';
export * from './recipes/mini-librispeech.js';
export * from './recipes/musan.js';
export { downloadRirsNoises, prepareRirsNoises } from './recipes/rirs-noises.js';
export * from './recipes/speech-commands.js';
export { downloadTedlium, prepareTedlium } from './recipes/tedlium.js';
export * from './recipes/vctk.js';
export * from './recipes/yesno.js';
export * from './selection/filter.js';
export * from './selection/split.js';
export * from './selection/subset.js';
export * from './statistics/manifest-statistics.js';
export * from './statistics/page.js';
export * from './statistics/summary.js';
export * from './text/language-rules.js';
export * from './text/normalise.js';
export * from './text/normalise-manifest.js';
export * from './text-lines.js';
export { utteranceId } from './transcripts/transcript-line.js';
export * from './transcripts/transcripts.js';
export * from './utterance-loader.js';
export * from './validate/validate.js';
