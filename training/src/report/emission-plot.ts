/** An utterance's emissions go in, an SVG picture of them above the spectrogram, on one time axis, comes out. */
import { escapeHtml } from '@auricle/datasets/html-page';
import { FRAMES_PER_SECOND } from '../data/example.js';
import type { Emission } from './emission.js';
import { tokenName } from './token-name.js';

/** so that the letters of fast speech have room */
const FRAME_WIDTH = 7;
const [LABELS, CURVES, SPECTROGRAM, AXIS] = [18, 130, 110, 22];
const TOP = LABELS + CURVES;
const HEIGHT = TOP + SPECTROGRAM + AXIS;
const MARGIN = 8;

/** @param title what a reader who cannot see it is told */
export function emissionPlot(emission: Emission, title: string): string {
  const { frames, featureFrames, subsampling, spectrogram, tokens, blank } = emission;
  const frameSeconds = subsampling / FRAMES_PER_SECOND;
  const width = frames * FRAME_WIDTH + 2 * MARGIN;
  const at = (frame: number) => number(MARGIN + (frame + 0.5) * FRAME_WIDTH);
  const height = (probability: number) => number(LABELS + CURVES * (1 - probability));
  const line = (from: number, probabilities: readonly number[]) =>
    probabilities.map((p, i) => `${at(from + i)} ${height(p)}`).join('L');
  const curves = tokens.map(({ symbol, id, from, probabilities }) => {
    const best = Math.max(...probabilities);
    const peak = from + probabilities.indexOf(best);
    const colour = colourOf(id);
    const name = escapeHtml(tokenName(symbol));
    const seconds = (peak * frameSeconds).toFixed(2);
    const last = from + probabilities.length;
    const area = `M${at(from - 1)} ${TOP}L${line(from, probabilities)}L${at(last)} ${TOP}z`;
    const told = `<title>${name}: ${best.toFixed(2)} at ${seconds} s</title>`;
    const label = `<text x="${at(peak)}" y="${number(height(best) - 4)}" text-anchor="middle" fill="${colour}">${name}</text>`;
    return `<g><path d="${area}" fill="${colour}" fill-opacity=".3" stroke="${colour}"/>${told}${label}</g>`;
  });
  const seconds = Array.from({ length: Math.floor(frames * frameSeconds) + 1 }, (_, second) => {
    const x = number(MARGIN + (second / frameSeconds) * FRAME_WIDTH);
    return `<path d="M${x} ${TOP + SPECTROGRAM}v4" stroke="currentColor"/><text x="${x}" y="${HEIGHT - 4}" text-anchor="middle" class="quiet">${second} s</text>`;
  });
  return `<svg width="${width}" height="${HEIGHT}" viewBox="0 0 ${width} ${HEIGHT}" role="img" aria-label="${escapeHtml(title)}">
<image href="data:image/png;base64,${escapeHtml(spectrogram)}" x="${MARGIN}" y="${TOP}" width="${number((featureFrames / subsampling) * FRAME_WIDTH)}" height="${SPECTROGRAM}" preserveAspectRatio="none"/>
<path d="M${line(0, blank)}" class="blank"><title>blank</title></path>
${curves.join('\n')}
${seconds.join('')}
</svg>`;
}

const number = (value: number) => Number(value.toFixed(1));

/** Far apart for neighbouring ids; the page's style makes it dark on white and light on black. */
const colourOf = (id: number) => `hsl(${Math.round(id * 137.5) % 360} 65% var(--token))`;
