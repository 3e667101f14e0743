/** Packets of audio go in, the spectrogram and the level on the stage follow them. */
import { powerSpectrum } from './spectrum.js';

/** One column a hop, so that recordings that are sent fast look like live sound. */
const COLUMN_SECONDS = 0.02;
const HIGHEST_HZ = 8000;
const QUIET_DB = -95;
const LOUD_DB = -25;
const SILENT_LEVEL_DB = -60;

/** From silence to the loudest: near-black, teal, amber, cream. */
const COLOURS = [
  [7, 19, 18],
  [10, 61, 64],
  [25, 138, 131],
  [232, 178, 84],
  [255, 244, 214],
];

/** @param {{ stage: HTMLElement, canvas: HTMLCanvasElement, bar: HTMLElement, meter: HTMLMeterElement }} elements */
export function soundView({ stage, canvas, bar, meter }) {
  const drawing = canvas.getContext('2d', { alpha: false, willReadFrequently: false });
  const { width, height } = canvas;
  const column = drawing.createImageData(1, height);
  let waiting = new Float32Array(0);
  let transform;
  let rate;

  function clear() {
    drawing.fillStyle = `rgb(${COLOURS[0].join()})`;
    drawing.fillRect(0, 0, width, height);
  }
  clear();

  /** Rows lie as the ear hears them: even steps of the mel scale. */
  function drawColumn(power, size) {
    const bins = rowBins(height, rate, size);
    for (let row = 0; row < height; row++) {
      const level = (power[bins[row]] - QUIET_DB) / (LOUD_DB - QUIET_DB);
      column.data.set(colourOf(level), 4 * row);
    }
    drawing.drawImage(canvas, 1, 0, width - 1, height, 0, 0, width - 1, height);
    drawing.putImageData(column, width - 1, 0);
  }

  return {
    clear() {
      clear();
      waiting = new Float32Array(0);
      stage.classList.remove('heard');
      this.showLevel(SILENT_LEVEL_DB);
    },
    /** @param {Float32Array} samples
     *  @param {number} sampleRate Hz */
    push(samples, sampleRate) {
      stage.classList.add('heard');
      if (rate !== sampleRate) {
        rate = sampleRate;
        transform = powerSpectrum(2 ** Math.ceil(Math.log2(0.032 * rate)));
      }
      const size = 2 ** Math.ceil(Math.log2(0.032 * rate));
      const hop = Math.round(COLUMN_SECONDS * rate);
      const joined = new Float32Array(waiting.length + samples.length);
      joined.set(waiting);
      joined.set(samples, waiting.length);
      let at = 0;
      for (; at + size <= joined.length; at += hop) drawColumn(transform(joined.subarray(at, at + size)), size);
      waiting = joined.slice(at);
      let sum = 0;
      for (const x of samples) sum += x * x;
      this.showLevel(10 * Math.log10(sum / samples.length + 1e-7));
    },
    /** @param {number} level dB of full scale */
    showLevel(level) {
      meter.value = level;
      const share = Math.max(0, Math.min(1, 1 - level / SILENT_LEVEL_DB));
      bar.style.clipPath = `inset(${(100 * (1 - share)).toFixed(1)}% 0 0 0)`;
    },
  };
}

const melOf = (hertz) => Math.log(1 + hertz / 700);

const rowBins = (height, rate, size) => {
  const top = melOf(Math.min(HIGHEST_HZ, rate / 2));
  return Array.from({ length: height }, (_, row) => {
    const hertz = 700 * (Math.exp((top * (height - row)) / height) - 1);
    return Math.min(size / 2, Math.round((hertz * size) / rate));
  });
};

function colourOf(level) {
  const at = Math.max(0, Math.min(0.9999, level)) * (COLOURS.length - 1);
  const from = Math.floor(at);
  const share = at - from;
  return [0, 1, 2].map((i) => COLOURS[from][i] * (1 - share) + COLOURS[from + 1][i] * share).concat(255);
}
