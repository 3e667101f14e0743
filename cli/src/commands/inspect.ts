/** `auricle inspect`: a bundle goes in, its interface, sizes, operators, features, vocabulary, latency and origin come out. */
import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { type InspectedModel, type Inspection, inspectBundle } from '../bridge/inspect-bundle.js';
import { DEFAULT_BUNDLE } from '../default-bundle.js';

/** Tokens and operators that are listed; `--json` has all. */
const SHOWN = 12;

export const inspectCommand = new Command('inspect')
  .description('what a model bundle is: interface, sizes, operators, features, vocabulary, latency, training')
  .argument('[bundle]', 'folder', DEFAULT_BUNDLE)
  .option('--json', 'one JSON object, with all operators and tokens', false)
  .action(async (bundle: string, { json }: { json: boolean }) => {
    const inspection = await inspectBundle(bundle);
    if (json) console.log(JSON.stringify(inspection, null, 2));
    else for (const line of await linesOf(inspection)) console.log(line);
  });

const some = (all: readonly string[]) =>
  all.slice(0, SHOWN).join(', ') + (all.length > SHOWN ? `, … (${all.length})` : '');
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(2)} MB`;

async function linesOf(inspection: Inspection): Promise<string[]> {
  const { dir, description, interface: sizes, models, tokens, latency, state, network } = inspection;
  const { features, vocabulary, training, results } = description;
  const rows: [string, string][] = [
    ['bundle', dir],
    ['name', description.name],
    ['language', description.language],
    ['features', fieldsOf(features)],
    ...(sizes.hearsWhole ? wholeRows(sizes) : streamingRows(sizes, latency, state)),
    ['tail', `${description.tailSeconds} s of silence end a stream`],
    ['vocabulary', `${vocabulary.size} ${vocabulary.kind} and the blank: ${some(tokens)}`],
    ...(network ? [['network', fieldsOf(network)] as [string, string]] : []),
    ...(Object.keys(training).length > 0 ? [['training', fieldsOf(training)] as [string, string]] : []),
    ...(Object.keys(results).length > 0 ? [['results', fieldsOf(results)] as [string, string]] : []),
  ];
  const width = Math.max(...rows.map(([key]) => key.length));
  const lines = rows.map(([key, value]) => `${key.padEnd(width)}  ${value}`);
  for (const model of models) lines.push('', ...modelLines(model));
  if (models.some(({ fullRangeWeights }) => fullRangeWeights) && (await lacksVnni()))
    lines.push(
      '',
      'This processor has AVX2 but no VNNI: sums of 8-bit products may overflow; "auricle quantise --reduced-range" makes a model that cannot.',
    );
  return lines;
}

const wholeRows = ({ windowSize, subsamplingFactor }: Inspection['interface']): [string, string][] => [
  ['run', `a whole utterance of up to ${windowSize} frames of 10 ms; an output frame for ${subsamplingFactor}`],
  ['latency', 'the whole utterance'],
];

const streamingRows = (
  { windowSize, chunkShift, subsamplingFactor }: Inspection['interface'],
  { chunkMs, featureMs, leftMs }: Inspection['latency'],
  state: Inspection['state'],
): [string, string][] => [
  ['run', `${windowSize} frames of 10 ms, then ${chunkShift} on; an output frame for ${subsamplingFactor}`],
  [
    'latency',
    `${chunkMs} ms a chunk and ${featureMs} ms for its last frame${leftMs === undefined ? '' : `; ${leftMs} ms before it are seen`}`,
  ],
  ['state', `${(state.bytes / 1e3).toFixed(1)} kB a stream: ${state.shapes.join(' and ')}`],
];

function modelLines({ file, bytes, nodes, operators, constants, opsets, inputs, outputs }: InspectedModel): string[] {
  const shares = Object.entries(constants).map(([type, size]) => `${type} ${megabytes(size)}`);
  const sets = Object.entries(opsets).map(([domain, version]) => `${domain || 'ai.onnx'} ${version}`);
  return [
    `${file}: ${megabytes(bytes)} (${shares.join(', ')}), ${nodes} nodes, operator sets ${sets.join(', ')}`,
    ...inputs.map((text) => `  in   ${text}`),
    ...outputs.map((text) => `  out  ${text}`),
    `  ops  ${some(Object.entries(operators).map(([op, count]) => `${op} ${count}`))}`,
  ];
}

function fieldsOf(record: Record<string, unknown>): string {
  return Object.entries(record)
    .map(([key, value]) => `${key} ${typeof value === 'object' ? JSON.stringify(value) : value}`)
    .join(', ');
}

/** Where Linux tells. */
async function lacksVnni(): Promise<boolean> {
  const text = await readFile('/proc/cpuinfo', 'utf8').catch(() => '');
  return /\bavx2\b/.test(text) && !/\bavx512_vnni\b|\bavx_vnni\b/.test(text);
}
