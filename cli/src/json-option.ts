/** The name of an option goes in, what reads its JSON value comes out. */
import { cliError } from './errors.js';

/** @throws AUR_CLI_JSON */
export const jsonOption =
  (option: string) =>
  (value: string): unknown => {
    try {
      return JSON.parse(value);
    } catch (cause) {
      throw cliError('AUR_CLI_JSON', { option, value, reason: (cause as Error).message }, { cause });
    }
  };
