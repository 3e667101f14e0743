import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const MAIN = join(import.meta.dirname, '../../cli/dist/main.js');
const auricle = (...args: string[]) => spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' });

const COMMANDS = [
  'data',
  'train',
  'evaluate',
  'score',
  'compare',
  'export',
  'lm',
  'tune',
  'calibrate',
  'align',
  'transcribe',
  'serve',
  'load',
  'demo',
];

describe('auricle', () => {
  it('lists its commands', () => {
    const { stdout, status } = auricle('--help');
    expect(status).toBe(0);
    for (const command of COMMANDS) expect(stdout).toContain(command);
  });

  it.each(COMMANDS)('%s explains itself', (command) => {
    const { stdout, status } = auricle(command, '--help');
    expect(status).toBe(0);
    expect(stdout).toMatch(new RegExp(`^Usage: auricle ${command}`));
  });

  it.each(COMMANDS)('%s refuses an option that it does not know', (command) => {
    const { stderr, status } = auricle(command, '--no-such-option');
    expect(status).not.toBe(0);
    expect(stderr).toContain("unknown option '--no-such-option'");
  });

  it('refuses a command that it does not know', () => {
    const { stderr, status } = auricle('recognise');
    expect(status).not.toBe(0);
    expect(stderr).toContain("unknown command 'recognise'");
  });

  it('exports whole utterances or chunks, not both', () => {
    for (const [option, value] of [
      ['--chunk-ms', '160'],
      ['--left-ms', '640'],
    ]) {
      const { stderr, status } = auricle('export', 'a', 'b', '--full-context', option, value);
      expect(status).not.toBe(0);
      expect(stderr).toContain(`cannot be used with option '${option} <ms>'`);
    }
  });

  it.each([
    [['transcribe', '--model', '/nowhere', 'x.wav'], 'AUR_BUNDLE_MISSING', '/nowhere'],
    [['train', '/nowhere/recipe.yaml'], 'AUR_TRAIN_CONFIG', '/nowhere/recipe.yaml'],
    [['evaluate', '/nowhere/test.jsonl', '--model', '/nowhere'], 'AUR_BUNDLE_MISSING', '/nowhere'],
    [['export', '/nowhere/best.safetensors', '/tmp/x'], 'AUR_CHECKPOINT_MISSING', '/nowhere/best.safetensors'],
    [['export', 'a', 'b', '--chunk-ms', '100'], 'AUR_CLI_CHUNK', '100'],
    [['serve', '--port', '70000'], 'AUR_CLI_NUMBER', '70000'],
    [['lm', 'info', '/nowhere/x.lm'], 'AUR_DECODING_FILE', '/nowhere/x.lm'],
    [['lm', 'build', 'out.lm'], 'AUR_CLI_PATHS', 'one path is given'],
    [['lm', 'build', '--prune', '0,x', 'a', 'b'], 'AUR_CLI_COUNTS', '0,x'],
    [['lm', 'interpolate', 'a', 'b', 'c'], 'AUR_CLI_PATHS', 'either --weight or --dev'],
    [['lm', 'attach', '/nowhere'], 'AUR_CLI_ATTACH', 'expected --lm, --lexicon or both'],
    [['lm', 'attach', '/nowhere', '--lexicon', 'x', '--alpha', '1'], 'AUR_CLI_ATTACH', 'expected --lm too'],
    [['lm', 'priors', '/nowhere', 'x.jsonl'], 'AUR_BUNDLE_MISSING', '/nowhere'],
    [['evaluate', '--beam', '4', '--prior-scale', '1', 'x.jsonl'], 'AUR_DECODING_PRIORS', 'auricle lm priors'],
    [['transcribe', '--lexicon', '/nowhere/words', 'x.wav'], 'AUR_CLI_FILE', '/nowhere/words'],
    [['evaluate', '--alpha', 'much', 'x.jsonl'], 'AUR_DECODING_OPTION', 'decoding.alpha: seen NaN'],
    [['align', 'a.wav', 'b.wav', '--text', 't.txt'], 'AUR_CLI_PATHS', '2 are given'],
    [['align', 'a.wav', '--text', '/nowhere/t.txt'], 'AUR_CLI_FILE', '/nowhere/t.txt'],
    [['calibrate', '/nowhere/dev.jsonl', '--model', '/nowhere'], 'AUR_BUNDLE_MISSING', '/nowhere'],
    [['serve', '--endpoint', '{"rule7":true}'], 'AUR_DECODING_OPTION', 'endpoint.rule7'],
    [['serve', '--endpoint', '{rule'], 'AUR_CLI_JSON', '{rule'],
    [['data', 'fsdd', '/nowhere', '/tmp/x'], 'AUR_RECIPE', '/nowhere'],
  ])('answers %j with a coded error that names the thing', (args, code, thing) => {
    const { stderr, status } = auricle(...args);
    expect(status).toBe(1);
    expect(stderr).toContain(code);
    expect(stderr).toContain(thing);
    expect(stderr).not.toContain('    at ');
  });
});
