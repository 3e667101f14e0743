/** The project's own client hears what the offline run hears, and all that it says and hears is in the served document. */
import { connect } from '@auricle/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inParallel } from '../programs.js';
import { RATE } from '../recordings.js';
import { type Service, startService } from '../service.js';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

describe('the native client', () => {
  it('hears the text of the offline run for 20 recordings', async () => {
    const heard = await inParallel(service.recordings, 4, async ({ s16le }) => {
      const client = await connect(service.server.url, { sampleRate: RATE, hotwords: [] });
      client.setHotwords([]);
      for (let at = 0; at < s16le.length; at += 6400) await client.send(s16le.subarray(at, at + 6400));
      client.end();
      const finals: string[] = [];
      for await (const message of client.results) if (message.type === 'final') finals.push(message.text);
      return finals.join(' ');
    });
    expect(heard).toEqual(service.recordings.map(({ text }) => text));
    expect(service.strangeMessages()).toEqual([]);
  });
});
