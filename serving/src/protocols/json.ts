/** The text of a message goes in, the JSON value in it comes out, unless it is nested so deep that checking it could exhaust the stack. */
import { servingError } from '../errors.js';

/** No message of any protocol is nested deeper than a few levels. */
export const DEEPEST_JSON = 32;

export const shorten = (text: string) => JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text);

/** @throws AUR_PROTOCOL_NOT_JSON, AUR_PROTOCOL_DEPTH */
export function parseJson(text: string): unknown {
  if (depthOf(text) > DEEPEST_JSON) throw servingError('AUR_PROTOCOL_DEPTH', { limit: DEEPEST_JSON });
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = (cause as Error).message;
    throw servingError('AUR_PROTOCOL_NOT_JSON', { reason, seen: shorten(text) }, { cause });
  }
}

/** Levels of objects and lists; of text that is no JSON, something. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (inString) {
      if (c === BACKSLASH) i++;
      else if (c === QUOTE) inString = false;
    } else if (c === QUOTE) inString = true;
    else if (c === BRACE || c === BRACKET) deepest = Math.max(deepest, ++depth);
    else if (c === BRACE + 2 || c === BRACKET + 2) depth--;
  }
  return deepest;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const BRACKET = 0x5b;
const BRACE = 0x7b;
