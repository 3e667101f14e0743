/** A recording for its microphone goes in, the machine's Chromium comes out, with a profile that is gone afterwards. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';

const BROWSER = process.env.AURICLE_CHROMIUM ?? '/usr/bin/chromium';

/** Whether there is a browser; prints the reason where there is none. */
export function hasChromium(): boolean {
  const isThere = existsSync(BROWSER);
  if (!isThere) console.log(`skipped: no browser at ${BROWSER} (AURICLE_CHROMIUM names another)`);
  return isThere;
}

const argumentsFor = (recording: string) => [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--autoplay-policy=no-user-gesture-required',
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream',
  `--use-file-for-fake-audio-capture=${recording}%noloop`,
];

export interface OpenChromium {
  context: BrowserContext;
  close(): Promise<void>;
}

/** @param recording WAV that stands in for the microphone, played once */
export async function openChromium(
  recording: string,
  options: Parameters<typeof chromium.launchPersistentContext>[1] = {},
): Promise<OpenChromium> {
  const profile = await mkdtemp(join(tmpdir(), 'auricle-browser-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: BROWSER,
    args: argumentsFor(recording),
    ...options,
  });
  return {
    context,
    close: async () => {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}
