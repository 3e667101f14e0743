/** What was found in the dev utterances goes in, the parts of the page that show it come out. */
import { escapeHtml } from '@auricle/datasets/html-page';
import type { Confusions } from './confusions.js';
import type { DevFindings } from './dev-findings.js';
import { emissionPlot } from './emission-plot.js';
import { tokenName } from './token-name.js';

/** HTML; every text in it is escaped. */
export function findingsHtml(findings: DevFindings): string {
  const { epoch, words, tokens } = findings;
  return `<h2>Dev utterances after epoch ${epoch}</h2>
${worstHtml(findings)}
<section aria-label="Confusions">
<h2>Confusions</h2>
${confusionsHtml('Words', words, (word) => word)}
${tokens ? confusionsHtml('Tokens', tokens, tokenName) : ''}
</section>
${emissionsHtml(findings)}`;
}

function worstHtml({ worst, utterances }: DevFindings): string {
  const intro =
    worst.length === 0
      ? `<p>All ${utterances} utterances were heard without an error.</p>`
      : `<p>The ${worst.length} with the most word errors, of ${utterances}: <del>what was said</del> and was not heard, <ins>what was heard</ins> and was not said.</p>`;
  const items = worst.map(
    ({ source, errors, words, pairs, more }) =>
      `<li><p class="quiet">${escapeHtml(source)}: ${errors} ${errors === 1 ? 'error' : 'errors'} in ${words} ${words === 1 ? 'word' : 'words'}</p><p class="alignment">${pairs.map(pairHtml).join(' ')}${more > 0 ? ` … ${more} more` : ''}</p></li>`,
  );
  return `<section aria-label="Worst utterances">${intro}<ol>${items.join('\n')}</ol></section>`;
}

function pairHtml([said, heard]: [string | null, string | null]): string {
  if (said === heard) return escapeHtml(said ?? '');
  const [del, ins] = [said, heard].map((word) => (word === null ? '' : escapeHtml(word)));
  return `<span class="edit">${del && `<del>${del}</del>`}${del && ins && ' '}${ins && `<ins>${ins}</ins>`}</span>`;
}

function confusionsHtml(title: string, confusions: Confusions, name: (unit: string) => string): string {
  const { totals, substitutions, deletions, insertions } = confusions;
  const show = (unit: string) => escapeHtml(name(unit));
  const { units } = totals;
  const share = (count: number) => (units === 0 ? '' : `, ${((100 * count) / units).toFixed(1)} %`);
  return `<h3>${title}: ${units} said</h3>
<div class="side">
${table(
  `${totals.substitutions} substituted${share(totals.substitutions)}`,
  ['Said', 'Heard', 'Times', 'Of said'],
  substitutions.map(({ said, heard, count, of }) => [show(said), show(heard), count, of]),
)}
${table(
  `${totals.deletions} deleted${share(totals.deletions)}`,
  ['Not heard', 'Times', 'Of said'],
  deletions.map(({ unit, count, of }) => [show(unit), count, of]),
)}
${table(
  `${totals.insertions} inserted${share(totals.insertions)}`,
  ['Not said', 'Times', 'Of heard'],
  insertions.map(({ unit, count, of }) => [show(unit), count, of]),
)}
</div>`;
}

/** @param rows cells as HTML */
export function table(caption: string, head: readonly string[], rows: readonly (string | number)[][]): string {
  const body = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('\n');
  const columns = head.map((name) => `<th scope="col">${name}</th>`).join('');
  return `<div class="scroll"><table><caption>${caption}</caption><thead><tr>${columns}</tr></thead><tbody>
${body}
</tbody></table></div>`;
}

function emissionsHtml({ emissions }: DevFindings): string {
  const figures = emissions.map((emission) => {
    const { source, reference, hypothesis, cut, tokens } = emission;
    const said = `said: ${reference}; heard: ${hypothesis || '(nothing)'}`;
    const drawn = tokens.map(({ symbol }) => tokenName(symbol)).join(' ');
    return `<figure>
<figcaption>${escapeHtml(source)}${cut ? ' (its beginning)' : ''}</figcaption>
<p>${escapeHtml(said)}</p>
<div class="scroll" tabindex="0" role="region" aria-label="Emission plot">${emissionPlot(emission, `Token probabilities over time above the spectrogram: ${drawn}`)}</div>
</figure>`;
  });
  return `<section aria-label="Emissions"><h2>Emissions</h2>
<p>The probability of each token in each frame above the log-mel spectrogram; the dotted line is the blank.</p>
${figures.join('\n')}</section>`;
}
