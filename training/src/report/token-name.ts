/** A token's symbol goes in, a name that can be seen comes out. */
import { WORD_START } from '@auricle/decoding';

/** The space shows as `␣`, alone or in front of a word. */
export const tokenName = (symbol: string): string => symbol.replaceAll(WORD_START, '␣');
