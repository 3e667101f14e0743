/** The server's figures come in every two seconds, tiles, curves and the table of threads follow them. */

const EVERY_MS = 2000;
/** Two minutes. */
const REMEMBERED = 60;

const element = (id) => document.getElementById(id);

const TILES = {
  streams: { of: ({ streams }) => streams.open, show: (value) => String(value), least: 4 },
  cpu: { of: ({ process }) => process.cpuCores, show: (value) => `${value.toFixed(2)} cores`, least: 1 },
  memory: { of: ({ process }) => process.memoryBytes / 2 ** 20, show: (value) => `${value.toFixed(0)} MiB`, least: 64 },
  delay: { of: ({ process }) => process.eventLoopDelayMs, show: (value) => `${value.toFixed(1)} ms`, least: 10 },
};
const curves = Object.fromEntries(Object.keys(TILES).map((name) => [name, []]));

/** @param {number} least the top of the scale is no lower */
function drawCurve(canvas, values, least) {
  const drawing = canvas.getContext('2d');
  const { width, height } = canvas;
  const style = getComputedStyle(document.documentElement);
  const top = Math.max(least, ...values);
  const x = (i) => width - ((values.length - 1 - i) * width) / (REMEMBERED - 1);
  const y = (value) => height - 4 - ((height - 10) * value) / top;
  drawing.clearRect(0, 0, width, height);
  drawing.beginPath();
  values.forEach((value, i) => {
    drawing.lineTo(x(i), y(value));
  });
  drawing.strokeStyle = style.getPropertyValue('--accent');
  drawing.lineWidth = 4;
  drawing.lineJoin = 'round';
  drawing.stroke();
  drawing.lineTo(width, height);
  drawing.lineTo(x(0), height);
  drawing.globalAlpha = 0.14;
  drawing.fillStyle = style.getPropertyValue('--accent');
  drawing.fill();
  drawing.globalAlpha = 1;
}

const since = (seconds) => {
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours} h ${minutes} min` : minutes > 0 ? `${minutes} min` : `${Math.floor(seconds)} s`;
};

function showState(text, isWell) {
  element('state').textContent = text;
  element('state').classList.toggle('well', isWell);
}

function show(status) {
  const { name, language } = status.model;
  element('model').textContent = `${name} · ${language}`;
  showState(`${status.isReady ? 'Ready' : 'Not ready'}, up for ${since(status.uptimeSeconds)}`, status.isReady);
  for (const [tile, { of, show: write, least }] of Object.entries(TILES)) {
    const value = of(status);
    const values = curves[tile];
    values.push(value);
    if (values.length > REMEMBERED) values.shift();
    element(tile).textContent = write(value);
    drawCurve(element(`${tile}-curve`), values, least);
  }
  element('workers').replaceChildren(
    ...status.workers.map((worker, i) => {
      const row = document.createElement('tr');
      const cells = [
        i + 1,
        worker.isReady ? 'ready' : 'loading',
        worker.streams,
        `${Math.round(100 * worker.utilisation)} %`,
      ];
      row.append(
        ...cells.map((text, column) => {
          const cell = document.createElement(column === 0 ? 'th' : 'td');
          if (column === 0) cell.scope = 'row';
          cell.textContent = text;
          return cell;
        }),
      );
      return row;
    }),
  );
}

async function read() {
  try {
    const answer = await fetch('v1/status', { cache: 'no-store' });
    if (!answer.ok) throw new Error(`it answers ${answer.status}`);
    show(await answer.json());
  } catch (error) {
    showState(`The server gives no figures: ${error.message}`, false);
  }
  setTimeout(read, EVERY_MS);
}
read();
