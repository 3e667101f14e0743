export { CSV_HEADER } from './csv.js';
export * from './transcript-formats.js';
