/** The plot of the ratios, as a browser reads it: XML without a fault, a bar for each comparison, in light and in dark. */
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ratioPlot } from '../../bench/run/plot.mjs';
import { hasChromium } from '../e2e/chromium.js';

const BROWSER = process.env.AURICLE_CHROMIUM ?? '/usr/bin/chromium';
const RATIOS = [3.7, 1, 0.04, 1.02, 2500];
const NAMED = RATIOS.map((ratio, i) => ({ comparison: `<${i}> & "that"`, peerName: "a peer's", ratio }));

interface Bar {
  x: number;
  width: number;
  isOurs: boolean;
}

/** Bars of a plot, left edges and widths in its own units. */
const barsOf = (svg: string): Bar[] =>
  [...svg.matchAll(/class="bar (\w+)" x="([\d.]+)" y="\d+" width="([\d.]+)"/g)].map(([, whose, x, width]) => ({
    x: Number(x),
    width: Number(width),
    isOurs: whose === 'ours',
  }));

describe('the plot of the ratios', () => {
  it('has bars from 1 to the right where ours is better and to the left where the peer is, equally long for inverse ratios', () => {
    const [twice, half, four, one] = barsOf(
      ratioPlot([2, 0.5, 4, 1].map((ratio) => ({ comparison: 'x', peerName: 'y', ratio }))),
    );
    expect(twice.isOurs && !half.isOurs).toBe(true);
    expect(half.x + half.width).toBeCloseTo(twice.x, 0);
    expect(half.width).toBeCloseTo(twice.width, 0);
    expect(four.width).toBeCloseTo(2 * twice.width, 0);
    expect(one).toEqual({ x: twice.x, width: 1, isOurs: true });
  });

  it('keeps every bar and its figure within the picture', () => {
    const svg = ratioPlot(NAMED);
    const width = Number(/viewBox="0 0 (\d+)/.exec(svg)?.[1]);
    const bars = barsOf(svg);
    expect(bars).toHaveLength(RATIOS.length);
    for (const { x, width: long } of bars) {
      expect(x).toBeGreaterThan(0);
      expect(x + long).toBeLessThan(width - 30);
    }
  });
});

describe.skipIf(!hasChromium())('in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: BROWSER, args: ['--no-sandbox', '--disable-gpu'] });
  });
  afterAll(() => browser?.close());

  it.each(['light', 'dark'] as const)(
    'is read without a fault, and its text stands out on %s paper',
    async (scheme) => {
      const page = await browser.newPage({ colorScheme: scheme });
      await page.setContent(`<body>${ratioPlot(NAMED)}</body>`);
      const seen = await page.evaluate((svg) => {
        const read = new DOMParser().parseFromString(svg, 'image/svg+xml');
        const luminance = (selector: string) => {
          const [r, g, b] = (getComputedStyle(document.querySelector(selector)!).fill.match(/\d+/g) ?? []).map(Number);
          return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
        };
        return {
          faults: read.querySelectorAll('parsererror').length,
          bars: read.querySelectorAll('rect.bar').length,
          names: [...read.querySelectorAll('text[text-anchor=end]')].map(({ textContent }) => textContent),
          contrast: ['text', '.bar.ours', '.bar.theirs'].map((part) => Math.abs(luminance(part) - luminance('.paper'))),
        };
      }, ratioPlot(NAMED));
      expect(seen.faults).toBe(0);
      expect(seen.bars).toBe(RATIOS.length);
      expect(seen.names).toEqual(NAMED.map(({ comparison, peerName }) => `${comparison}: ${peerName}`));
      for (const contrast of seen.contrast) expect(contrast).toBeGreaterThan(0.35);
      await page.close();
    },
  );
});
