/** Comparisons go in, an SVG of their ratios comes out: a bar for each on a logarithmic axis, from 1 to the right where ours is better, to the left where the peer is. */
import { escapeHtml } from '@auricle/datasets/html-page';

const WIDTH = 920;
const NAMES = 470;
const RIGHT = 60;
const ROW = 24;
const [TOP, BOTTOM] = [46, 30];
const TICKS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
/** Colours of the project's pages; a picture in a page follows the reader's setting, too. */
const STYLE = `
:root { --ink: #1b1f24; --quiet: #59636e; --paper: #ffffff; --ours: #3b6fb6; --theirs: #b35900; --rule: #d1d9e0; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --quiet: #9198a1; --paper: #0d1117; --ours: #6ea8fe; --theirs: #ffa657; --rule: #3d444d; } }
text { font: 12px system-ui, sans-serif; fill: var(--ink); }
.title { font-size: 14px; font-weight: 600; }
.quiet { fill: var(--quiet); }
.paper { fill: var(--paper); }
.ours { fill: var(--ours); }
.theirs { fill: var(--theirs); }
path { stroke: var(--rule); }
.one { stroke: var(--ink); }`;

const number = (value) => Number(value.toFixed(1));
const text = (x, y, said, attributes) =>
  `<text x="${number(x)}" y="${number(y)}" ${attributes}>${escapeHtml(said)}</text>`;

/** @param comparisons at least one, each with `comparison`, `peerName` and `ratio` */
export function ratioPlot(comparisons) {
  const ratios = comparisons.map(({ ratio }) => ratio);
  const low = TICKS.findLast((tick) => tick <= Math.min(0.5, ...ratios)) ?? Math.min(...ratios);
  const high = TICKS.find((tick) => tick >= Math.max(2, ...ratios)) ?? Math.max(...ratios);
  const x = (ratio) => NAMES + ((WIDTH - NAMES - RIGHT) * Math.log(ratio / low)) / Math.log(high / low);
  const bottom = TOP + ROW * comparisons.length;
  const axis = TICKS.filter((tick) => tick >= low && tick <= high).map(
    (tick) =>
      `<path d="M${number(x(tick))} ${TOP}V${bottom + 4}"${tick === 1 ? ' class="one"' : ''}/>` +
      text(x(tick), bottom + 18, `${tick}`, 'text-anchor="middle" class="quiet"'),
  );
  const bars = comparisons.map(({ comparison, peerName, ratio }, row) => {
    const y = TOP + ROW * row;
    const [from, to] = [Math.min(x(1), x(ratio)), Math.max(x(1), x(ratio))];
    return [
      text(NAMES - 8, y + 16, `${comparison}: ${peerName}`, 'text-anchor="end"'),
      `<rect class="bar ${ratio >= 1 ? 'ours' : 'theirs'}" x="${number(from)}" y="${y + 5}" width="${number(Math.max(to - from, 1))}" height="${ROW - 10}"/>`,
      text(to + 5, y + 16, ratio.toFixed(2), ''),
    ].join('');
  });
  const height = bottom + BOTTOM;
  const title = 'Auricle’s figures to its peers’ in the same run: right of 1 Auricle is better';
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">
<title>${title}</title>
<style>${STYLE}
</style>
<rect class="paper" width="${WIDTH}" height="${height}"/>
${text(16, 26, title, 'class="title"')}
${axis.join('\n')}
${bars.join('\n')}
</svg>
`;
}
