/** Coded errors: a table of code -> message template goes in, a constructor of `AuricleError`s comes out. */

/** An error that callers tell apart by its stable `code` (`AUR_…`), never by its message. */
export class AuricleError extends Error {
  override readonly name = 'AuricleError';
  constructor(
    readonly code: `AUR_${string}`,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

type Details = Record<string, string | number | boolean | undefined>;

/** Makes a room's error constructor from its table; `{name}` in a template is replaced by `details.name`.
 *  @example const fail = errorTable({ AUR_AUDIO_EMPTY: '{source}: no samples' }); throw fail('AUR_AUDIO_EMPTY', { source }) */
export function errorTable<Code extends `AUR_${string}`>(table: Readonly<Record<Code, string>>) {
  return (code: Code, details: Details = {}, options?: ErrorOptions): AuricleError =>
    new AuricleError(
      code,
      table[code].replace(/\{(\w+)\}/g, (_, key: string) => String(details[key])),
      options,
    );
}
