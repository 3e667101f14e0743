/** The text of `--endpoint` goes in, endpoint rules come out. */
import { type EndpointRule, endpointRules } from '@auricle/decoding';
import { cliError } from './errors.js';

/** @throws AUR_CLI_JSON, DecodingError AUR_DECODING_OPTION */
export function endpointOption(value: string): EndpointRule[] {
  let options: unknown;
  try {
    options = JSON.parse(value);
  } catch (cause) {
    throw cliError('AUR_CLI_JSON', { option: '--endpoint', value, reason: (cause as Error).message }, { cause });
  }
  return endpointRules(options);
}
