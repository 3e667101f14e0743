/** Figures about a manifest go in, rows of a table come out. */
import type { ManifestStatistics } from './manifest-statistics.js';
import { quantile } from './quantiles.js';

const PERCENTILES = [0, 1, 5, 25, 50, 75, 95, 99, 100];
/** More than this do not help to see what a vocabulary is made of. */
const MOST_CHARACTERS = 200;

/** Names and values, for people. */
export function summaryRows(statistics: ManifestStatistics): [name: string, value: string][] {
  const { utterances, seconds, durations, rates, speakerSeconds, withoutSpeaker, characters } = statistics;
  const rows: [string, string][] = [
    ['utterances', count(utterances)],
    ['hours', (seconds / 3600).toFixed(3)],
    ['speakers', count(speakerSeconds.length) + (withoutSpeaker ? ` (${count(withoutSpeaker)} lines without)` : '')],
    ['seconds an utterance', percentiles(durations)],
    ['seconds a speaker', percentiles(speakerSeconds)],
    ['characters a second', percentiles(rates)],
    ['words', `${count(statistics.words)}, ${count(statistics.distinctWords)} distinct`],
  ];
  const shown = characters.slice(0, MOST_CHARACTERS).map(([character]) => character);
  const others = characters.length > shown.length ? ' …' : '';
  rows.push(['characters', `${count(characters.length)} distinct: ${shown.join(' ')}${others}`]);
  return rows;
}

const count = (value: number) => value.toLocaleString('en');

function percentiles(sorted: Float32Array): string {
  if (sorted.length === 0) return '-';
  return PERCENTILES.map((p) => `${nameOf(p)} ${significant(quantile(sorted, p / 100))}`).join(' · ');
}

const nameOf = (p: number) => (p === 0 ? 'least' : p === 50 ? 'median' : p === 100 ? 'most' : `p${p}`);

/** Three digits, or all before the point. */
const significant = (value: number): string =>
  value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
