/** An ONNX file's metadata go in, checked values come out: whole numbers, lists of them, texts. */
import { bundleError } from './errors.js';

export class Metadata {
  /** @param file names the model in errors */
  constructor(
    readonly values: Readonly<Record<string, string>>,
    readonly file: string,
  ) {}

  text(key: string): string | undefined {
    return this.values[key];
  }

  /** @throws AUR_BUNDLE_METADATA unless the key holds a positive whole number */
  count(key: string, otherwise?: number): number {
    const seen = this.values[key];
    if (seen === undefined && otherwise !== undefined) return otherwise;
    const number = positive(seen);
    return number ?? this.refuse(key, shown(seen), 'a positive whole number');
  }

  /** @throws AUR_BUNDLE_METADATA unless the key holds positive whole numbers with commas between, `length` of them where it is given */
  counts(key: string, length?: number): number[] {
    const seen = this.values[key];
    const numbers = (seen ?? '').split(',').map((part) => positive(part.trim()));
    const isWhole = numbers.every((number) => number !== undefined) && (!length || numbers.length === length);
    if (isWhole) return numbers as number[];
    const expected = `${length ? `${length} ` : ''}positive whole numbers with commas between`;
    return this.refuse(key, shown(seen), expected);
  }

  /** Frames from one window to the next: at most the window, for no frame may be left out.
   *  @throws AUR_BUNDLE_METADATA */
  shift(key: string, windowKey: string): number {
    const [shift, window] = [this.count(key), this.count(windowKey)];
    return shift <= window ? shift : this.refuse(key, shift, `at most ${windowKey} (${window})`);
  }

  /** @throws AUR_BUNDLE_METADATA */
  refuse(key: string, seen: string | number, expected: string): never {
    throw bundleError('AUR_BUNDLE_METADATA', { file: this.file, key, seen, expected });
  }
}

const shown = (seen: string | undefined) => (seen === undefined ? 'missing' : JSON.stringify(seen));

const positive = (text: string | undefined): number | undefined =>
  text !== undefined && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
