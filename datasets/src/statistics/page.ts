/** Figures about a manifest go in, one HTML page comes out that needs nothing beside it. */
import { escapeHtml, htmlPage } from '../html-page.js';
import { type Bar, barChart } from './bar-chart.js';
import { histogram } from './histogram.js';
import type { ManifestStatistics } from './manifest-statistics.js';
import { summaryRows } from './summary.js';

const STYLE = `
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
  const body = `<h1>${escapeHtml(statistics.path)}</h1>
<table>
${rows.join('\n')}
</table>
${charts.filter((chart) => chart !== '').join('\n')}`;
  return htmlPage({ title: statistics.path, body, style: STYLE });
}

function distribution(title: string, sorted: Float32Array): string {
  const bars = histogram(sorted).map(({ from, to, count }): Bar => {
    const label = to === Number.POSITIVE_INFINITY ? `${from} and more` : `${from} to ${to}`;
    return { label, count, tick: String(from) };
  });
  return bars.length === 0 ? '' : barChart(title, bars);
}
