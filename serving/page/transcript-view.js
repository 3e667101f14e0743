/** Segments go in, the words on the page follow: partials turn into finals, coloured by confidence, with their times at hand. */

const percent = (confidence) => `${Math.round(100 * confidence)} %`;
const classOf = (confidence) => (confidence >= 0.8 ? 'sure' : confidence >= 0.5 ? 'fair' : 'doubtful');
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;
const USUAL_DETAIL = 'Point at a word for its times.';

const aboutWord = ({ word, start, end, confidence }) =>
  `“${word}” ${start.toFixed(2)}–${end.toFixed(2)} s, ${percent(confidence)} sure`;

function wordElements(words, isFinal) {
  return words.flatMap((word) => {
    const span = document.createElement('span');
    span.className = `word ${classOf(word.confidence)}`;
    span.textContent = word.word;
    if (isFinal) {
      span.title = aboutWord(word);
      span.tabIndex = -1;
    }
    return [span, ' '];
  });
}

/** @param {{ text: HTMLElement, finals: HTMLElement, partial: HTMLElement, empty: HTMLElement, detail: HTMLElement }} elements */
export function transcriptView({ text, finals, partial, empty, detail }) {
  const showDetail = (element) => {
    detail.textContent = element?.title || USUAL_DETAIL;
  };
  const wordAt = (event) => event.target.closest?.('#finals .word');
  finals.addEventListener('pointerover', (event) => showDetail(wordAt(event)));
  finals.addEventListener('focusin', (event) => showDetail(wordAt(event)));
  text.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const words = [...finals.querySelectorAll('.word')];
    const at = words.indexOf(document.activeElement);
    const next = words[at < 0 ? (step > 0 ? 0 : words.length - 1) : at + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
  /** Follows the newest words unless one has scrolled up. */
  const follow = (change) => {
    const isAtEnd = text.scrollHeight - text.scrollTop - text.clientHeight < 40;
    change();
    if (isAtEnd) text.scrollTop = text.scrollHeight;
  };

  return {
    clear() {
      finals.replaceChildren();
      partial.replaceChildren();
      empty.hidden = false;
      showDetail();
    },
    showPartial: ({ words }) =>
      follow(() => {
        empty.hidden = true;
        partial.replaceChildren(...wordElements(words, false));
      }),
    showFinal: ({ words, start }) =>
      follow(() => {
        empty.hidden = true;
        const time = document.createElement('time');
        time.textContent = clock(start);
        const said = document.createElement('span');
        said.append(...wordElements(words, true));
        const segment = document.createElement('p');
        segment.className = 'segment';
        segment.append(time, said);
        finals.append(segment);
        partial.replaceChildren();
      }),
  };
}
