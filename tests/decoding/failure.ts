/** Something that must fail goes in, its coded error comes out. */
import { DecodingError } from '@auricle/decoding';

export function failureOf(act: () => unknown): DecodingError {
  try {
    act();
  } catch (error) {
    if (error instanceof DecodingError) return error;
    throw error;
  }
  throw new Error('expected a DecodingError');
}
