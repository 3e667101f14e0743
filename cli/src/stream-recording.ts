/** A recording and a server's address go in, the text that the server streams back comes out. */
import type { Pcm } from '@auricle/audio';
import { connect, type FinalMessage } from '@auricle/client';

/** Streams in packets as fast as the server takes them.
 *  @param packetMs audio a packet (ms)
 *  @throws the server's coded error */
export async function streamRecording(
  url: string,
  { samples, sampleRate }: Pcm,
  packetMs: number,
): Promise<FinalMessage[]> {
  const client = await connect(url, { sampleRate, encoding: 'f32le', partials: false });
  const packet = Math.max(1, Math.round((packetMs * sampleRate) / 1000));
  const sending = (async () => {
    for (let at = 0; at < samples.length; at += packet) {
      const part = samples.slice(at, at + packet);
      await client.send(new Uint8Array(part.buffer));
    }
    client.end();
  })();
  const finals: FinalMessage[] = [];
  for await (const message of client.results) if (message.type === 'final') finals.push(message);
  await sending;
  return finals;
}
