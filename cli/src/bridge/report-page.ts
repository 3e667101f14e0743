/** Measured variants of a model go in, a page comes out that needs nothing else: a table, and where size and speed meet accuracy. */
import { percent } from '../scoring/table.js';
import { type MeasuredErrors, relativeChange } from './measure-errors.js';
import type { ModelCost } from './measure-model.js';
import { type Point, paretoFront } from './pareto.js';

export interface Variant {
  name: string;
  /** of the model file */
  bytes: number;
  cost: ModelCost;
  errors: MeasuredErrors;
  /** audio of a run, ms */
  chunkMs: number;
  /** whether a stream's result depends on the streams that share its batch */
  dependent: boolean;
}

/** Streams that one core keeps up with, in batches of so many, the model alone. */
export const streamsACore = ({ cost, chunkMs }: Variant, batch: number) => (batch * chunkMs) / cost.runMs[batch];

const HEADINGS = [
  'model',
  'MB',
  'streams a core, alone',
  'in batches of 16',
  'memory, MB',
  'start, ms',
  'WER',
  '95 % interval',
  'relative change',
];

/** @param variants the first is what the others are compared with */
export function variantRows(variants: readonly Variant[]): string[][] {
  const [first] = variants;
  return [
    HEADINGS,
    ...variants.map((variant) => {
      const { name, bytes, cost, errors, dependent } = variant;
      const change = variant === first ? undefined : relativeChange(first.errors, errors);
      return [
        dependent ? `${name} *` : name,
        (bytes / 1e6).toFixed(2),
        ...[1, 16].map((batch) => streamsACore(variant, batch).toFixed(0)),
        (cost.memoryBytes / 1e6).toFixed(0),
        cost.startMs.toFixed(0),
        percent(errors.rate),
        `${(100 * errors.interval.low).toFixed(2)} to ${percent(errors.interval.high)}`,
        change === undefined ? '' : `${change > 0 ? '+' : ''}${percent(change)}`,
      ];
    }),
  ];
}

export const NOTE_OF_DEPENDENCE = "* a stream's result depends on the streams that share its batch";

const escaped = (text: string) =>
  text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c]!);

export function reportPage(title: string, facts: readonly string[], variants: readonly Variant[]): string {
  const [headings, ...rows] = variantRows(variants);
  const cells = (tag: string, row: readonly string[]) =>
    `<tr>${row.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`;
  const chart = (heading: string, unit: string, costOf: (variant: Variant) => number) =>
    `<figure><figcaption>${escaped(heading)}</figcaption>${plot(
      variants.map((variant) => ({
        name: variant.name,
        cost: costOf(variant),
        error: variant.errors.rate,
        interval: variant.errors.interval,
      })),
      unit,
    )}</figure>`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
<h1>${escaped(title)}</h1>
${facts.map((fact) => `<p>${escaped(fact)}</p>`).join('\n')}
<div class="scroll"><table><thead>${cells('th', headings)}</thead><tbody>${rows.map((row) => cells('td', row)).join('')}</tbody></table></div>
${variants.some(({ dependent }) => dependent) ? `<p class="quiet">${escaped(NOTE_OF_DEPENDENCE)}</p>` : ''}
<p>Down and to the left is better. The line is the Pareto front: no other model is better in both. Whiskers are 95 % intervals.</p>
${chart('Word error rate and size', 'MB', ({ bytes }) => bytes / 1e6)}
${chart('Word error rate and processor time of a stream, in batches of 16', 'ms of a core for a second of audio', (variant) => 1000 / streamsACore(variant, 16))}
</html>
`;
}

const [WIDTH, HEIGHT] = [640, 320];
const [LEFT, RIGHT, TOP, BOTTOM] = [56, 120, 16, 44];

interface Plotted extends Point {
  name: string;
  interval: { low: number; high: number };
}

function plot(points: readonly Plotted[], unit: string): string {
  const mostCost = niceEnd(Math.max(...points.map(({ cost }) => cost)));
  const mostError = niceEnd(Math.max(...points.map(({ interval }) => interval.high), 0.001));
  const x = (cost: number) => LEFT + (cost / mostCost) * (WIDTH - LEFT - RIGHT);
  const y = (error: number) => HEIGHT - BOTTOM - (error / mostError) * (HEIGHT - TOP - BOTTOM);
  const at = (value: number) => value.toFixed(1);
  const front = paretoFront(points);
  const ticks = [0, 0.25, 0.5, 0.75, 1];
  const parts = [
    ...ticks.map((t) => {
      const [px, py] = [x(t * mostCost), y(t * mostError)];
      return (
        `<path class="grid" d="M${at(px)} ${TOP}V${HEIGHT - BOTTOM}M${LEFT} ${at(py)}H${WIDTH - RIGHT}"/>` +
        `<text x="${at(px)}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle">${shortNumber(t * mostCost)}</text>` +
        `<text x="${LEFT - 6}" y="${at(py + 4)}" text-anchor="end">${shortNumber(100 * t * mostError)} %</text>`
      );
    }),
    `<text x="${at((LEFT + WIDTH - RIGHT) / 2)}" y="${HEIGHT - 8}" text-anchor="middle">${escaped(unit)}</text>`,
    `<polyline class="front" points="${front.map(({ cost, error }) => `${at(x(cost))},${at(y(error))}`).join(' ')}"/>`,
    ...points.map((point) => {
      const { name, cost, error, interval } = point;
      const kind = front.includes(point) ? 'on' : 'off';
      return (
        `<path class="whisker" d="M${at(x(cost))} ${at(y(interval.low))}V${at(y(interval.high))}"/>` +
        `<circle class="${kind}" cx="${at(x(cost))}" cy="${at(y(error))}" r="5"><title>${escaped(`${name}: ${shortNumber(cost)} ${unit}, ${percent(error)}`)}</title></circle>`
      );
    }),
    ...labels(points, x, y),
  ];
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(points.map(({ name, cost, error }) => `${name}: ${shortNumber(cost)} ${unit}, ${percent(error)}`).join('; '))}">${parts.join('')}</svg>`;
}

/** Names beside their points, moved up where they would cover each other. */
function labels(points: readonly Plotted[], x: (cost: number) => number, y: (error: number) => number): string[] {
  const placed: { x: number; y: number }[] = [];
  return [...points]
    .sort((a, b) => a.cost - b.cost)
    .map(({ name, cost, error }) => {
      const spot = { x: x(cost) + 8, y: y(error) - 6 };
      while (placed.some((other) => Math.abs(other.x - spot.x) < 8 * name.length && Math.abs(other.y - spot.y) < 13))
        spot.y -= 13;
      placed.push(spot);
      return `<text x="${spot.x.toFixed(1)}" y="${spot.y.toFixed(1)}">${escaped(name)}</text>`;
    });
}

/** The next of 1, 2, 4, 5, 8, 10 times a power of ten. */
function niceEnd(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 4, 5, 8, 10].map((step) => step * power).find((end) => end >= value)!;
}

const shortNumber = (value: number) => String(Number(value.toPrecision(3)));

const STYLE = `
:root { color-scheme: light dark; --ink: #1c1c1c; --quiet: #666; --line: #ddd; --front: #1f5fa8; --off: #999; --paper: #fff; }
@media (prefers-color-scheme: dark) { :root { --ink: #eee; --quiet: #aaa; --line: #333; --front: #7ab8ff; --off: #777; --paper: #161616; } }
body { max-width: 60rem; margin: 1.5rem auto; padding: 0 1rem; font-family: system-ui, sans-serif; color: var(--ink); background: var(--paper); }
h1 { font-size: 1.3rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { white-space: nowrap; padding: 0.3rem 0.7rem; text-align: right; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child { text-align: left; }
.scroll { overflow-x: auto; }
.quiet { color: var(--quiet); }
figure { margin: 1.5rem 0; }
svg { max-width: 100%; height: auto; }
svg text { font-size: 12px; fill: currentColor; }
.grid, .whisker { stroke: var(--line); fill: none; }
.whisker { stroke: var(--off); }
.front { fill: none; stroke: var(--front); stroke-width: 2; }
circle.on { fill: var(--front); }
circle.off { fill: var(--off); }
`;
