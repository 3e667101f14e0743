/** Settings of a YAML file and `path.to.key=value` go in, the settings with that value come out. */
import { parse } from 'yaml';

/** @param override its value is YAML
 *  @throws Error without a code: whoever asked knows what the settings are called */
export function overridden(settings: unknown, override: string): unknown {
  const equals = override.indexOf('=');
  if (equals < 1) throw new Error('expected path.to.key=value');
  const value: unknown = parse(override.slice(equals + 1));
  const put = (at: unknown, [key, ...rest]: string[]): unknown => {
    if (key === undefined) return value;
    if (typeof (at ?? {}) !== 'object') throw new Error(`there is nothing below ${JSON.stringify(at)}`);
    // A copy with the key defined, not assigned: no key reaches a prototype.
    const copy = Array.isArray(at) ? [...at] : { ...(at as object) };
    const before = Object.hasOwn(copy, key) ? (copy as Record<string, unknown>)[key] : undefined;
    return Object.defineProperty(copy, key, { value: put(before, rest), enumerable: true, configurable: true });
  };
  return put(settings, override.slice(0, equals).split('.'));
}
