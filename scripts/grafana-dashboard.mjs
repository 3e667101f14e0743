/** The panels below go in, the Grafana dashboard of the service comes out: `node scripts/grafana-dashboard.mjs [file]`, by default deploy/grafana/dashboards/auricle.json. */
import { writeFileSync } from 'node:fs';

const rate = (metric, by = '') => `sum${by && ` by (${by})`} (rate(${metric}[$__rate_interval]))`;
const quantiles = (metric) =>
  [0.5, 0.95, 0.99].map((q) => [`histogram_quantile(${q}, ${rate(`${metric}_bucket`, 'le')})`, `p${100 * q}`]);

/** Title, unit, and queries with their legends. */
const PANELS = [
  [
    'Streams open',
    'short',
    [
      ['auricle_streams_open', '{{instance}}'],
      ['sum(auricle_streams_open)', 'all'],
    ],
  ],
  ['Audio, seconds a second', 'short', [[rate('auricle_audio_seconds_total', 'instance'), '{{instance}}']]],
  ['Final latency', 's', quantiles('auricle_final_latency_seconds')],
  ['Partial latency', 's', quantiles('auricle_partial_latency_seconds')],
  ['Streams ended, by outcome', 'short', [[rate('auricle_streams_total', 'outcome'), '{{outcome}}']]],
  ['Refused, by code', 'short', [[rate('auricle_refused_total', 'protocol, code'), '{{protocol}} {{code}}']]],
  ['Streams a batch', 'short', quantiles('auricle_batch_streams')],
  ['Time in the queue', 's', quantiles('auricle_batch_queue_seconds')],
  ['Time of a batch', 's', quantiles('auricle_batch_compute_seconds')],
  [
    'Real-time factor of the model',
    'percentunit',
    [
      [
        `${rate('auricle_compute_seconds_total', 'instance')} / ${rate('auricle_audio_seconds_total', 'instance')}`,
        '{{instance}}',
      ],
    ],
  ],
  ['Cores', 'short', [[rate('process_cpu_seconds_total{job="auricle"}', 'instance'), '{{instance}}']]],
  ['Memory', 'bytes', [['process_resident_memory_bytes{job="auricle"}', '{{instance}}']]],
  ['Delay of the event loop, p99', 's', [['nodejs_eventloop_lag_p99_seconds', '{{instance}}']]],
  [
    'Workers lost, slow readers cut off',
    'short',
    [
      [rate('auricle_workers_lost_total'), 'workers'],
      [rate('auricle_slow_readers_total'), 'slow readers'],
    ],
  ],
  ['Streams of each key', 'short', [['sum by (key) (auricle_key_streams_open)', '{{key}}']]],
  ['Audio of each key, seconds a second', 'short', [[rate('auricle_key_audio_seconds', 'key'), '{{key}}']]],
];

const [WIDTH, HEIGHT, COLUMNS] = [12, 8, 2];
const datasource = { type: 'prometheus', uid: 'prometheus' };
const panels = PANELS.map(([title, unit, queries], i) => ({
  id: i + 1,
  title,
  type: 'timeseries',
  datasource,
  gridPos: { x: (i % COLUMNS) * WIDTH, y: Math.floor(i / COLUMNS) * HEIGHT, w: WIDTH, h: HEIGHT },
  fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
  targets: queries.map(([expr, legendFormat], q) => ({
    refId: String.fromCharCode(65 + q),
    datasource,
    expr,
    legendFormat,
  })),
}));
const dashboard = {
  uid: 'auricle',
  title: 'Auricle',
  tags: ['auricle'],
  timezone: 'browser',
  refresh: '10s',
  time: { from: 'now-1h', to: 'now' },
  schemaVersion: 39,
  panels,
};
const [file = new URL('../deploy/grafana/dashboards/auricle.json', import.meta.url)] = process.argv.slice(2);
writeFileSync(file, `${JSON.stringify(dashboard, undefined, 1)}\n`);
