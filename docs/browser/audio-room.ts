/** The parts of the audio room that need nothing of Node: what the page's bundle has for `@auricle/audio`. */
export { AuricleError, errorTable } from '@auricle/audio/errors';
export { frameCount, StreamingFbank } from '@auricle/audio/fbank';
export { FBANK } from '@auricle/audio/fbank-plan';
export { StreamingResampler } from '@auricle/audio/resample';
