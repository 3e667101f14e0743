/** The figures of a load go in, lines for people come out. */
import type { LatencyFigures, LoadFigures } from './figures.js';

const MEBIBYTE = 1 << 20;
/** Packets later than this, ms, say more of the generator than of the server. */
const LATE_MS = 50;

const latencyLine = (name: string, { count, p50, p95, p99, p999, highest }: LatencyFigures) =>
  count === 0
    ? `${name.padEnd(16)} none in the time measured`
    : `${name.padEnd(16)} p50 ${p50}  p95 ${p95}  p99 ${p99}  p99.9 ${p999}  highest ${highest} ms  (${count})`;

/** One line, for each trial of a search. */
export const trialLine = ({ streams, held, withinShare, withinMs, finals, utterances }: LoadFigures): string =>
  `${streams} streams: ${held} held, ${(100 * withinShare).toFixed(2)} % of finals within ${withinMs} ms, p99 ${finals.p99} ms` +
  `, ${utterances.different} texts changed, ${utterances.failed} failed, ${utterances.refused} refused`;

export function loadLines(figures: LoadFigures): string[] {
  const { streams, seconds, held, audioRate, utterances, differences, errors, server, lateness } = figures;
  const { same, different, failed, refused } = utterances;
  return [
    `${streams} streams for ${seconds} s: ${held} held, ${audioRate} s of audio a second`,
    `utterances       ${same} as expected, ${different} different, ${failed} failed, ${refused} refused`,
    ...differences.map(({ title, expected, heard }) => `  ${title}: expected "${expected}", heard "${heard}"`),
    ...Object.entries(errors).map(([code, count]) => `  ${code}: ${count}`),
    latencyLine('final latency', figures.finals),
    `                 ${(100 * figures.withinShare).toFixed(2)} % within ${figures.withinMs} ms`,
    latencyLine('partial latency', figures.partials),
    ...(server
      ? [
          `server           ${server.cores} cores, ${server.corePercentPerStream} % of a core a stream, memory ${mebibytes(server.memoryBeforeBytes)} -> ${mebibytes(server.memoryAfterBytes)} MiB`,
        ]
      : []),
    `generator        ${figures.generatorCores} cores; packets late by p50 ${lateness.p50}, p99 ${lateness.p99} ms`,
    ...(isGeneratorLate(figures)
      ? ['The generator could not keep the pace: the latencies are its own. Give it more --processes, or cores.']
      : []),
  ];
}

export const isGeneratorLate = ({ lateness }: LoadFigures): boolean => lateness.p99 > LATE_MS;

const mebibytes = (bytes: number) => (bytes / MEBIBYTE).toFixed(0);
