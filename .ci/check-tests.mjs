// Fails when a test was skipped that this machine can run, and closes with the counts.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const skipped = testResults.flatMap(({ name, assertionResults }) =>
  assertionResults
    .filter(({ status }) => status === 'skipped' || status === 'pending')
    .map(({ fullName }) => ({
      fullName,
      ofEngines: name.includes('tests/training/engine/'),
      ofConverters: name.includes('tests/scripts/convert-model'),
    })),
);
// What cannot be installed: the corpora, a GPU, and TensorFlow where its installation failed. The training engines need no corpus.
// The converters are gigabytes of TensorFlow and PyTorch for whoever wants them (npm run setup:converters).
const corporaAreHere = existsSync(process.env.AURICLE_CORPORA ?? '../shared/corpora');
const gpuIsHere = spawnSync('nvidia-smi', ['-L']).status === 0;
const tensorflowIsHere = process.env.AURICLE_NO_TENSORFLOW === undefined;
const canBeHad = ({ fullName, ofEngines, ofConverters }) =>
  ofEngines
    ? (gpuIsHere || !fullName.includes('on cuda')) &&
      (tensorflowIsHere || !/tensorflow|changes its engine/i.test(fullName))
    : corporaAreHere && !ofConverters;
for (const test of skipped) console.log(`skipped: ${test.fullName}`);
console.log(`Tests: ${numPassedTests} passed, ${numFailedTests} failed, ${skipped.length} skipped`);
if (skipped.some(canBeHad)) {
  console.log('a test was skipped though everything that it needs can be had here');
  process.exitCode = 1;
}
