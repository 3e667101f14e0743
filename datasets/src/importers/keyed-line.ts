/** A line of a key and a value goes in, both come out. */

/** The value is what stands behind the first blanks, and may be empty. */
export function keyAndValue(content: string): [key: string, value: string] {
  const line = content.trim();
  const end = line.search(/\s/u);
  return end < 0 ? [line, ''] : [line.slice(0, end), line.slice(end).trim()];
}
