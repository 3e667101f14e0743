/* global uPlot */
// The curves of a run's page: figures from the page go in, plots come out; and the page reloads itself while the run lives.
{
  const { steps, epochs } = JSON.parse(document.getElementById('figures').textContent);
  const colours = () => {
    const style = getComputedStyle(document.documentElement);
    return (name) => style.getPropertyValue(`--${name}`).trim();
  };
  const SMOOTHED = 0.9;

  /** A running mean, without the pull of its beginning. */
  const smooth = (values) => {
    let [sum, weight] = [0, 0];
    return values.map((value) => {
      if (value === null) return null;
      [sum, weight] = [SMOOTHED * sum + value, SMOOTHED * weight + 1];
      return sum / weight;
    });
  };

  /** Where values lie decades apart and none is zero or below, as a loss or a gradient norm may. */
  const suitsLogarithm = (rows) => {
    const values = rows.flat().filter((value) => value !== null);
    const least = Math.min(...values);
    return least > 0 && Math.max(...values) / least > 20;
  };

  const percent = (values) => values.map((value) => value * 100);
  const CHARTS = {
    loss: {
      x: steps.step,
      mayBeLogarithmic: true,
      series: [
        { label: 'loss', values: steps.loss, colour: 'faint', width: 1 },
        { label: 'smoothed', values: smooth(steps.loss), colour: 'bar', width: 2 },
      ],
    },
    errors: {
      x: epochs.step,
      series: [
        { label: 'WER %', values: percent(epochs.wordErrorRate), colour: 'bar', width: 2, points: true },
        {
          label: 'CER %',
          values: percent(epochs.characterErrorRate),
          colour: 'second',
          width: 2,
          points: true,
          dash: [6, 4],
        },
      ],
    },
    learningRate: {
      x: steps.step,
      series: [{ label: 'learning rate', values: steps.learningRate, colour: 'bar', width: 2 }],
    },
    gradientNorm: {
      x: steps.step,
      mayBeLogarithmic: true,
      series: [
        { label: 'largest', values: steps.largestGradientNorm, colour: 'faint', width: 1 },
        { label: 'mean', values: steps.gradientNorm, colour: 'bar', width: 1.5 },
      ],
    },
    speed: { x: steps.step, series: [{ label: 'x real time', values: steps.speed, colour: 'bar', width: 1.5 }] },
  };

  const plots = [];
  const draw = (element, { x, series, mayBeLogarithmic }) => {
    const colour = colours();
    const axis = {
      stroke: colour('quiet'),
      grid: { stroke: colour('rule'), width: 1 },
      ticks: { stroke: colour('rule'), width: 1 },
    };
    const logarithmic = mayBeLogarithmic && suitsLogarithm(series.map(({ values }) => values));
    const short = (value) => (value === null || value === undefined ? '' : String(Number(value.toPrecision(4))));
    const options = {
      width: element.clientWidth,
      height: 220,
      scales: { x: { time: false }, y: logarithmic ? { distr: 3 } : {} },
      axes: [axis, { ...axis, size: 60, values: (_, splits) => splits.map(short) }],
      cursor: { sync: { key: 'steps' } },
      series: [
        { label: 'step' },
        ...series.map(({ label, colour: name, width, points, dash }) => ({
          label,
          stroke: colour(name),
          width,
          dash,
          points: points ? { show: true, size: 5 } : { show: x.length === 1 },
          spanGaps: true,
          value: (_, value) => short(value),
        })),
      ],
    };
    return new uPlot(options, [x, ...series.map(({ values }) => values)], element);
  };

  const drawAll = () => {
    for (const plot of plots.splice(0)) plot.destroy();
    for (const element of document.querySelectorAll('[data-chart]')) {
      const chart = CHARTS[element.dataset.chart];
      if (chart.x.length > 0) plots.push(draw(element, chart));
    }
  };
  drawAll();
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll);
  let width = innerWidth;
  addEventListener('resize', () => {
    // A phone's bars come and go while one scrolls; only the width matters.
    if (innerWidth !== width) drawAll();
    width = innerWidth;
  });

  // While the run lives its page is written anew now and then.
  const updated = document.getElementById('updated');
  const { at, everySeconds } = updated.dataset;
  const follow = document.getElementById('follow');
  const age = () => (Date.now() - Date.parse(at)) / 1000;
  const told = updated.textContent;
  const tellAge = () => {
    const minutes = Math.floor(age() / 60);
    const since = minutes < 1 ? 'less than a minute ago' : `${minutes} min ago`;
    const silent = follow && age() > 20 * everySeconds;
    updated.textContent = `${told} (${since}${silent ? '; no news for long, the run may have been killed' : ''})`;
  };
  tellAge();
  setInterval(tellAge, 10_000);
  if (follow) {
    // A browser may keep no storage for files.
    const memory = {
      get: (key) => {
        try {
          return sessionStorage.getItem(key);
        } catch {
          return null;
        }
      },
      set: (key, value) => {
        try {
          sessionStorage.setItem(key, value);
        } catch {}
      },
    };
    follow.checked = memory.get('follow') !== 'no';
    follow.addEventListener('change', () => memory.set('follow', follow.checked ? 'yes' : 'no'));
    for (const details of document.querySelectorAll('details')) {
      details.open = memory.get(details.id) === 'open';
      details.addEventListener('toggle', () => memory.set(details.id, details.open ? 'open' : ''));
    }
    setInterval(() => {
      if (follow.checked && document.visibilityState === 'visible') location.reload();
    }, everySeconds * 1000);
  }
}
