/** Bars with their labels go in, an SVG picture that takes its colours from the page comes out. */
import { escapeHtml } from '../html-page.js';

export interface Bar {
  /** told when pointed at, and to who cannot see the picture */
  label: string;
  count: number;
  /** under the bar, where there is room */
  tick?: string;
}

const [WIDTH, HEIGHT] = [720, 200];
const [TOP, BOTTOM] = [18, 24];
const CHARACTER_WIDTH = 9;

/** @param title what is counted */
export function barChart(title: string, bars: readonly Bar[]): string {
  const most = bars.reduce((peak, { count }) => Math.max(peak, count), 1);
  const step = WIDTH / Math.max(1, bars.length);
  const longest = bars.reduce((length, { tick = '' }) => Math.max(length, tick.length), 0);
  const tickEvery = Math.max(1, Math.ceil((longest * CHARACTER_WIDTH) / step));
  const drawn = bars.map(({ label, count, tick }, i) => {
    const height = (count / most) * (HEIGHT - TOP - BOTTOM);
    const [x, y] = [i * step, HEIGHT - BOTTOM - height];
    const bar = `<rect x="${pixels(x)}" y="${pixels(y)}" width="${pixels(step * 0.9)}" height="${pixels(height)}"><title>${escapeHtml(`${label}: ${count.toLocaleString('en')}`)}</title></rect>`;
    const shown = tick !== undefined && i % tickEvery === 0;
    return shown ? `${bar}<text x="${pixels(x)}" y="${HEIGHT - 8}">${escapeHtml(tick)}</text>` : bar;
  });
  return `<figure><figcaption>${escapeHtml(title)}</figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(title)}">
<text x="0" y="12">${most.toLocaleString('en')}</text><line x1="0" y1="${HEIGHT - BOTTOM}" x2="${WIDTH}" y2="${HEIGHT - BOTTOM}"/>
${drawn.join('\n')}
</svg></figure>`;
}

const pixels = (value: number) => Number(value.toFixed(2));
