/** The text of a message goes in, the JSON value in it comes out. */
import { servingError } from '../errors.js';

const shorten = (text: string) => JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text);

/** @throws AUR_PROTOCOL_NOT_JSON */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = (cause as Error).message;
    throw servingError('AUR_PROTOCOL_NOT_JSON', { reason, seen: shorten(text) }, { cause });
  }
}
