/** A small problem goes in, the score of every text comes out: all alignments are enumerated and every formula is written plainly. */
import type { Hotword, TokenTable } from '@auricle/decoding';
import { textOfTokens } from '@auricle/decoding';

export interface PlainModel {
  order: number;
  /** log10 log-prob and back-off of an n-gram's words, joined by spaces */
  ngrams: Map<string, { logProb: number; backoff: number }>;
}

export interface Problem {
  table: TokenTable;
  /** [frames][vocabulary] */
  logProbs: number[][];
  alignments: 'all' | 'best';
  lm?: PlainModel;
  alpha: number;
  beta: number;
  unknown: number;
  lexicon?: readonly string[];
  hotwords: Hotword[];
}

/** Texts and their scores, the best first. */
export function bruteForce(problem: Problem): { text: string; score: number }[] {
  const heard = new Map<string, number[]>();
  for (const [text, logProb] of alignments(problem)) heard.set(text, [...(heard.get(text) ?? []), logProb]);
  return [...heard]
    .map(([text, logProbs]) => ({ text, score: reduce(problem.alignments, logProbs) + worthOf(problem, text) }))
    .filter(({ score }) => score > Number.NEGATIVE_INFINITY)
    .sort((a, b) => b.score - a.score);
}

function* alignments({ table, logProbs }: Problem): Generator<[string, number]> {
  const vocabulary = table.symbols.length;
  for (let n = 0; n < vocabulary ** logProbs.length; n++) {
    const ids: number[] = [];
    let sum = 0;
    for (let t = 0, rest = n; t < logProbs.length; t++, rest = Math.floor(rest / vocabulary)) {
      ids.push(rest % vocabulary);
      sum += logProbs[t][rest % vocabulary];
    }
    const collapsed = ids.filter((id, t) => id !== table.blankId && (t === 0 || id !== ids[t - 1]));
    yield [textOfTokens(table, collapsed), sum];
  }
}

const reduce = (kind: 'all' | 'best', logProbs: number[]) =>
  kind === 'best' ? Math.max(...logProbs) : Math.log(logProbs.reduce((sum, value) => sum + Math.exp(value), 0));

export function worthOf({ lm, alpha, beta, unknown, lexicon, hotwords }: Problem, text: string): number {
  const words = text === '' ? [] : text.split(' ');
  if (lexicon && words.some((word) => !lexicon.includes(word))) return Number.NEGATIVE_INFINITY;
  let worth = beta * words.length;
  const isKnown = (word: string) => lm!.ngrams.has(word) && word !== '<unk>';
  if (lm && words.length > 0) {
    const sentence = ['<s>', ...words.map((word) => (isKnown(word) ? word : '<unk>')), '</s>'];
    for (let i = 1; i < sentence.length; i++)
      worth += alpha * Math.LN10 * plainScore(lm, sentence.slice(0, i), sentence[i]);
    worth += unknown * words.filter((word) => !isKnown(word)).length;
  }
  for (const { phrase, boost } of hotwords) {
    const parts = phrase.split(' ');
    const spared = lm && boost > 0 ? parts.filter((word) => !isKnown(word)).length * -unknown : 0;
    worth += (boost * parts.length + spared) * occurrences(` ${text} `, ` ${phrase} `);
  }
  return worth;
}

/** The definition of back-off (Katz 1987). */
export function plainScore(lm: PlainModel, history: string[], word: string): number {
  const context = history.slice(Math.max(0, history.length - lm.order + 1));
  const found = lm.ngrams.get([...context, word].join(' '));
  if (found) return found.logProb;
  if (context.length === 0) return -100;
  return (lm.ngrams.get(context.join(' '))?.backoff ?? 0) + plainScore(lm, context.slice(1), word);
}

function occurrences(text: string, part: string): number {
  let count = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) count++;
  return count;
}

/** The model as an ARPA file. */
export function arpaText({ order, ngrams }: PlainModel): string {
  const sections = Array.from({ length: order }, (_, k) =>
    [...ngrams].filter(([words]) => words.split(' ').length === k + 1),
  );
  const counts = sections.map((section, k) => `ngram ${k + 1}=${section.length}`);
  const bodies = sections.map((section, k) => {
    const lines = section.map(([words, { logProb, backoff }]) => `${logProb}\t${words}\t${backoff}`);
    return `\\${k + 1}-grams:\n${lines.join('\n')}\n`;
  });
  return `\\data\\\n${counts.join('\n')}\n\n${bodies.join('\n')}\n\\end\\\n`;
}
