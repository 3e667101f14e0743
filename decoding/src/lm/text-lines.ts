/** Pieces of UTF-8 go in, the lines that they make up come out, without their ends. */

/** A byte order mark and carriage returns are dropped; an empty last line is none. */
export async function* linesOf(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<string[]> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of pieces) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
    rest = lines.pop()!;
    yield lines.map(bare);
  }
  rest += decoder.decode();
  if (rest !== '') yield [bare(rest)];
}

const bare = (line: string) => (line.endsWith('\r') ? line.slice(0, -1) : line);
