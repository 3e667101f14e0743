/** Final segments go in, the text of a file comes out: plain text, SubRip, WebVTT or JSON. */

/** A caption that is longer is cut after a word. */
const LONGEST_CAPTION_CHARACTERS = 42;
const LONGEST_CAPTION_SECONDS = 6;

const pad = (number, digits) => String(number).padStart(digits, '0');

/** @param {number} seconds
 *  @param {string} point before the milliseconds */
export function timestamp(seconds, point) {
  const ms = Math.round(1000 * seconds);
  const clock = [ms / 3_600_000, (ms / 60_000) % 60, (ms / 1000) % 60].map((part) => pad(Math.floor(part), 2));
  return `${clock.join(':')}${point}${pad(ms % 1000, 3)}`;
}

/** Lines of captions with their times: words of one segment, as many as one can read at a time. */
export function captionsOf(segments) {
  const captions = [];
  for (const { words } of segments) {
    let caption;
    for (const { word, start, end } of words) {
      const fits =
        caption &&
        caption.text.length + 1 + word.length <= LONGEST_CAPTION_CHARACTERS &&
        end - caption.start <= LONGEST_CAPTION_SECONDS;
      if (fits) {
        caption.text += ` ${word}`;
        caption.end = end;
      } else {
        caption = { text: word, start, end };
        captions.push(caption);
      }
    }
  }
  return captions;
}

const textOf = (segments) => segments.map(({ text }) => text).join('\n');

const srtOf = (segments) =>
  captionsOf(segments)
    .map(({ text, start, end }, i) => `${i + 1}\n${timestamp(start, ',')} --> ${timestamp(end, ',')}\n${text}\n`)
    .join('\n');

const vttOf = (segments) =>
  `WEBVTT\n\n${captionsOf(segments)
    .map(({ text, start, end }) => `${timestamp(start, '.')} --> ${timestamp(end, '.')}\n${escapeCue(text)}\n`)
    .join('\n')}`;

const escapeCue = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const jsonOf = (segments) =>
  `${JSON.stringify({ text: segments.map(({ text }) => text).join(' '), segments: segments.map(({ type, ...rest }) => rest) }, null, 2)}\n`;

export const EXPORTS = {
  txt: { type: 'text/plain', make: (segments) => `${textOf(segments)}\n` },
  srt: { type: 'application/x-subrip', make: srtOf },
  vtt: { type: 'text/vtt', make: vttOf },
  json: { type: 'application/json', make: jsonOf },
};

/** @param {Blob} blob */
export function download(blob, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
