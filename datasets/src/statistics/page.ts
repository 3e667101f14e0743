/** Figures about a manifest go in, one HTML page comes out that needs nothing beside it. */
import { type Bar, barChart, escapeHtml } from './bar-chart.js';
import { histogram } from './histogram.js';
import type { ManifestStatistics } from './manifest-statistics.js';
import { summaryRows } from './summary.js';

const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --quiet: #59636e; --paper: #ffffff; --bar: #3b6fb6; --rule: #d1d9e0; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --quiet: #9198a1; --paper: #0d1117; --bar: #6ea8fe; --rule: #3d444d; } }
body { margin: 2rem auto; max-width: 46rem; padding: 0 1rem; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
h1 { font-size: 1.3rem; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid var(--rule); padding: 0.3rem 0.6rem 0.3rem 0; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th { font-weight: 600; white-space: nowrap; }
figure { margin: 2rem 0 0; }
figcaption { font-weight: 600; margin-bottom: 0.3rem; }
svg { width: 100%; height: auto; overflow: visible; }
rect { fill: var(--bar); }
rect:hover { fill: var(--ink); }
line { stroke: var(--rule); }
svg text { fill: var(--quiet); font-size: 12px; }
`;

/** More bars than this cannot be told apart. */
const MOST_CHARACTERS = 60;

export function statisticsPage(statistics: ManifestStatistics): string {
  const { durations, rates, wordCounts, speakerSeconds, characters } = statistics;
  const rows = summaryRows(statistics).map(
    ([name, value]) => `<tr><th scope="row">${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`,
  );
  const frequent = characters.slice(0, MOST_CHARACTERS);
  const charts = [
    distribution('Utterances by duration (seconds)', durations),
    distribution('Utterances by characters a second', rates),
    distribution('Utterances by number of words', wordCounts),
    distribution('Speakers by seconds of speech', speakerSeconds),
    frequent.length === 0
      ? ''
      : barChart(
          frequent.length < characters.length
            ? `The ${MOST_CHARACTERS} most frequent of ${characters.length} characters`
            : 'Characters by frequency',
          frequent.map(([character, count]): Bar => ({ label: character, count, tick: character })),
        ),
  ];
  const title = escapeHtml(statistics.path);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${title}</h1>
<table>
${rows.join('\n')}
</table>
${charts.filter((chart) => chart !== '').join('\n')}
</body>
</html>
`;
}

function distribution(title: string, sorted: Float32Array): string {
  const bars = histogram(sorted).map(({ from, to, count }): Bar => {
    const label = to === Number.POSITIVE_INFINITY ? `${from} and more` : `${from} to ${to}`;
    return { label, count, tick: String(from) };
  });
  return bars.length === 0 ? '' : barChart(title, bars);
}
