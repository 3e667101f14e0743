/** The command line's errors. */
import { errorTable } from '@auricle/audio';

export const cliError = errorTable({
  AUR_CLI_NUMBER: '{option}: "{value}" is not a whole number from {low} to {high}',
  AUR_CLI_POSITIVE: '{option}: "{value}" is not a number above 0',
  AUR_CLI_SHARE: '{option}: "{value}" is not a number between 0 and 1',
  AUR_CLI_CHUNK: '--chunk-ms: {value} is none of {choices}',
  AUR_CLI_NOTHING_TO_SCORE: '{path}: no utterance to score',
  AUR_CLI_UTTERANCE_TWICE:
    '{manifest}: utterance "{id}" is also in {other}: expected each once, or an "id" of its own in each line',
  AUR_CLI_VOCABULARY: '{problem}',
  AUR_CLI_ATTACH: '{problem}',
  AUR_CLI_PRONUNCIATION: '{path}: too few words with the letters of "{word}" to guess how that is said',
  AUR_CLI_CTM: '{path} line {line}: "{seen}": expected "recording channel start duration word"',
  AUR_CLI_NOTHING_TO_FIT: '{what}: nothing to fit to',
  AUR_CLI_JSON: '{option}: "{value}" is no JSON: {reason}',
  AUR_CLI_CONFIG: '{source}: {problems}',
  AUR_CLI_KEY: 'API keys: {problem}',
  AUR_CLI_FILE: '{path}: {reason}',
  AUR_CLI_LIST: '{where}: expected JSON with an "audio_filepath", seen {seen}',
  AUR_CLI_OUTPUT_TWICE: '{output} would also be written for {other}: expected names of their own',
  AUR_CLI_PATHS: '{problem}',
  AUR_CLI_HOST: '--hosts: "{value}" is no list of names such as example.com,*.example.org',
  AUR_MODELS_UNKNOWN: '{name}: no such folder, and no model of that name in {places}; `auricle models list` shows them',
  AUR_MODELS_NAME:
    '"{name}" cannot be the name of a model: expected letters, digits, ".", "-" and "_", not "." first; --name gives one',
  AUR_MODELS_THERE: '{path}: there is a model "{name}" already; --force puts the new one in its place',
  AUR_MODELS_SOURCE: '{source}: expected {expected}',
  AUR_MODELS_LAYOUT: '{source}: {seen}; expected {expected}',
  AUR_CLI_NO_RECORDER: 'no program to record with: expected one of {programs} in the PATH',
  AUR_CLI_RECORDER: '{program} cannot record: {reason}',
  AUR_CLI_PIPE: 'the pipe has no audio that can be read: {reason}',
  AUR_LOAD_ADDRESS: '"{seen}" is no address of a server: expected http://…, https://…, ws://… or wss://…',
  AUR_LOAD_EXPECTED: '{source}: no text for {title}: expected one for each recording',
  AUR_LOAD_SERVER: '{address}: {title} failed by itself, without any load: {code}',
  AUR_LOAD_SHORT:
    'no stream came to its end in the {seconds} s that were measured: expected more --seconds, or shorter recordings',
  AUR_LOAD_CALLERS: 'a process of callers ended: {reason}',
  AUR_LOAD_PROCESS: 'process {pid} of the server cannot be watched: {reason}',
  AUR_CLI_COUNTS: '{option}: "{value}" is not a list of whole numbers such as 0,1',
});

/** Parser of a whole-number option.
 *  @throws AUR_CLI_NUMBER */
export const wholeNumber =
  (option: string, low: number, high: number) =>
  (value: string): number => {
    const number = Number(value);
    if (!Number.isInteger(number) || number < low || number > high)
      throw cliError('AUR_CLI_NUMBER', { option, value, low, high });
    return number;
  };
