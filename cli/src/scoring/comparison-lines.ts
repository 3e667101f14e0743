/** A comparison of two systems goes in, lines that tell which errs less and how sure that is come out. */
import type { Comparison, MatchedPairs } from '@auricle/decoding';
import { intervalText } from './report.js';
import { percent, tableLines } from './table.js';

/** Fewer say little by the normal distribution that the test goes by. */
const FEW_SEGMENTS = 50;
const SIGNIFICANT = 0.05;

export function comparisonLines(
  { first, second, test, ...comparison }: Comparison,
  names: readonly [string, string],
): string[] {
  const { difference, interval, improvement, utterances, onlyFirst, onlySecond } = comparison;
  const lines = tableLines([
    ['', 'WER', 'substituted', 'deleted', 'inserted', 'CER', 'SER'],
    ...[first, second].map(({ words, characters, sentenceErrorRate }, at) => [
      names[at],
      percent(words.rate),
      ...[words.substitutions, words.deletions, words.insertions].map(String),
      ...[characters.rate, sentenceErrorRate].map(percent),
    ]),
  ]);
  lines.push(
    '',
    `${utterances} utterances in both, ${first.words.referenceUnits} words`,
    ...leftOut(onlyFirst, names[0]),
    ...leftOut(onlySecond, names[1]),
    `difference of the WER, second less first: ${signed(difference)}, 95 % interval ${intervalText(interval)}`,
    `the second errs less on ${percent(improvement)} of drawn sets of these utterances`,
    `matched-pairs test (MAPSSWE): ${test.segments} segments, ${testText(test)}`,
    verdict(first.words.rate, second.words.rate, test.p),
  );
  if (test.segments < FEW_SEGMENTS)
    lines.push(`the test asks for some ${FEW_SEGMENTS} segments or more: take p as a hint`);
  return lines;
}

const signed = (rate: number) => `${rate > 0 ? '+' : ''}${percent(rate)}`;

const testText = ({ mean, standardDeviation, z, p }: MatchedPairs) =>
  mean !== 0 && standardDeviation === 0
    ? `all with the same difference, p = ${pText(p)} by the sign test`
    : `z = ${z.toFixed(3)}, p = ${pText(p)}`;

const pText = (p: number) => (p < 0.001 ? p.toExponential(1) : p.toFixed(3));

function verdict(first: number, second: number, p: number): string {
  if (p >= SIGNIFICANT) return 'no significant difference at the 5 % level';
  return `the ${second < first ? 'second' : 'first'} is better, significant at the 5 % level`;
}

const leftOut = (ids: readonly string[], name: string): string[] =>
  ids.length === 0 ? [] : [`not compared: ${ids.length} utterances that only ${name} has, the first ${ids[0]}`];
