/** The comparisons of `npm run bench`, in the order of bench/RESULTS.md: the script with the settings that figures are published at, what it needs, and the time
 *  after which it is given up. Settings are chosen so that all of them together take about an hour of a quiet machine with two cores. */
import { file, npm, PYTHON, program, pypi } from './needs.mjs';

const CORPORA = '../shared/corpora';
const LM_FIXTURES = 'tests/decoding/lm/fixtures';
const KENLM = process.env.AURICLE_KENLM ?? '/usr/bin';

const sherpa = npm('sherpa-onnx-node');
const time = program('/usr/bin/time', "Debian's package `time` has it");
const corpora = file(CORPORA, 'the shared corpora are looked for there');
const digits = file('runs/fsdd/test.jsonl', `npx auricle data fsdd ${CORPORA}/fsdd/audio runs/fsdd`);
const network = file('runs/random-m', 'node scripts/random-bundle.mjs runs/random-m');
const tensorflow = file('.cache/tensorflow', 'npm run setup:tensorflow');

/** `args` are those of Node: the script, then its arguments. `keeps` is a file of what was measured before, which the script would otherwise take for
 *  its own results. */
export const BENCHES = [
  { name: 'fbank', args: ['bench/fbank.mjs', '5', '60'], needs: [pypi('kaldi-native-fbank')], limitMinutes: 10 },
  {
    name: 'resample',
    args: ['bench/resample.mjs', '3', '10'],
    needs: [npm('@alexanderolsen/libsamplerate-js')],
    limitMinutes: 10,
  },
  {
    name: 'beam-search',
    args: ['--expose-gc', 'bench/beam-search.mjs', '--python', PYTHON],
    needs: [pypi('pyctcdecode'), pypi('kenlm')],
    limitMinutes: 15,
  },
  {
    name: 'language-model',
    args: [
      'bench/language-model.mjs',
      `${LM_FIXTURES}/alice.txt`,
      `${LM_FIXTURES}/alice-held-out.txt`,
      '--kenlm',
      KENLM,
    ],
    needs: [time, program(`${KENLM}/lmplz`, 'AURICLE_KENLM names the folder of lmplz, build_binary and query')],
    limitMinutes: 10,
  },
  {
    name: 'streams',
    args: ['bench/streams.mjs', 'runs/random-m', '64', '20', '2'],
    needs: [sherpa, network],
    limitMinutes: 20,
  },
  {
    name: 'peer-server',
    args: [
      ...['bench/peer-server.mjs', 'runs/random-m', 'models/digits-en/recording.wav'],
      ...['--seconds', '15', '--ramp', '5', '--out', '.cache/peer-server.json'],
    ],
    keeps: '.cache/peer-server.json',
    needs: [pypi('sherpa-onnx-bin'), network, program('taskset', 'util-linux has it')],
    limitMinutes: 40,
  },
  {
    name: 'transcribe',
    args: ['bench/transcribe.mjs', '--model', 'runs/random-m', '--minutes', '40'],
    needs: [sherpa, network, time],
    limitMinutes: 20,
  },
  {
    name: 'sherpa-text',
    args: ['bench/sherpa-text.mjs', 'models/digits-en', 'runs/fsdd/test.jsonl'],
    needs: [sherpa, digits],
    limitMinutes: 15,
  },
  {
    name: 'training-step',
    args: ['bench/training-step.mjs', '--python', PYTHON],
    needs: [pypi('torch', 'npm run setup:peers -- torch')],
    limitMinutes: 20,
  },
  { name: 'engines', args: ['bench/engines.mjs', 'm', '3'], needs: [tensorflow], limitMinutes: 20 },
  {
    name: 'loader',
    args: ['bench/loader.mjs', `${CORPORA}/librispeech/dev.jsonl`, '3', '5'],
    needs: [corpora],
    limitMinutes: 20,
  },
  {
    name: 'english',
    args: ['bench/english.mjs', 'models/en-small', '--peer', '--only', 'cmu_arctic,librispeech'],
    needs: [
      pypi('pocketsphinx'),
      program('ffmpeg', 'it decodes the audio for the peer'),
      file('runs/english-data/librispeech.dev.jsonl', 'node scripts/english-data.mjs'),
    ],
    limitMinutes: 40,
  },
  { name: 'silence-gate', args: ['bench/silence-gate.mjs'], needs: [corpora], limitMinutes: 20 },
  { name: 'protocols', args: ['bench/protocols.mjs', '50', '8', '3'], needs: [], limitMinutes: 15 },
];
