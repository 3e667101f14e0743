// Fails when a test was skipped that this machine can run, and closes with the counts.
import { existsSync, readFileSync } from 'node:fs';

const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const skipped = testResults.flatMap((file) =>
  file.assertionResults.filter((t) => t.status === 'skipped' || t.status === 'pending'),
);
// Only the corpora cannot be installed.
const corporaAreHere = existsSync(process.env.AURICLE_CORPORA ?? '../shared/corpora');
for (const test of skipped) console.log(`skipped: ${test.fullName}`);
console.log(`Tests: ${numPassedTests} passed, ${numFailedTests} failed, ${skipped.length} skipped`);
if (skipped.length > 0 && corporaAreHere) {
  console.log('a test was skipped though everything that it needs can be had here');
  process.exitCode = 1;
}
