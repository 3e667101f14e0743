/** Recipes with a lexicon: texts are learned as they are said. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readBundle } from '@auricle/bundle';
import { parseLexicon } from '@auricle/decoding';
import {
  type Checkpoint,
  exportBundle,
  loadCheckpoint,
  newestCheckpoint,
  readTrainConfig,
  type TrainEvent,
  train,
} from '@auricle/training';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeToneCorpus } from '../../fixtures/tone-corpus.js';

const LEXICON = 'hi h ī\nhigh h ī\nlo l ō\n';
let folder: string;
let recipe: string;
let lexicon: string;
let said: Checkpoint;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auricle-lexicon-'));
  recipe = await writeToneCorpus(folder);
  lexicon = join(folder, 'lexicon.txt');
  await writeFile(lexicon, LEXICON);
  const config = await readTrainConfig(recipe, ['epochs=2', `lexicon=${lexicon}`]);
  await train(config, join(folder, 'said'), { resume: false });
  said = await loadCheckpoint(join(folder, 'said/checkpoints/best.safetensors'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What a run starts from says what its network and its vocabulary are. */
async function withoutModel(): Promise<string> {
  const path = join(folder, 'start.yaml');
  const lines = (await readFile(recipe, 'utf8')).split('\n');
  await writeFile(path, lines.filter((line) => !/^(model|vocabulary):/.test(line)).join('\n'));
  return path;
}

describe('a recipe with a lexicon', () => {
  it('makes its vocabulary of sounds', () => {
    expect(said.tokens.symbols).toEqual(['<blk>', '▁', 'h', 'l', 'ī', 'ō']);
  });

  it('keeps the lexicon in checkpoints and in bundles', async () => {
    expect(said.tokens.lexicon).toEqual(parseLexicon(LEXICON));
    const bundle = join(folder, 'bundle');
    await exportBundle(said, bundle, { chunk: 4, int8: false });
    expect((await readBundle(bundle)).tokens).toEqual(said.tokens);
  });

  it('is gone on with from such a bundle, whose lexicon another may take the place of', async () => {
    const bundle = join(folder, 'start');
    await exportBundle(said, bundle, { chunk: 4, int8: false });
    const more = join(folder, 'more.txt');
    await writeFile(more, `${LEXICON}hey h ō\n`);
    for (const [name, path] of [
      ['own', undefined],
      ['other', more],
    ] as const) {
      const overrides = [`start.from=${bundle}`, 'epochs=1', 'averageBest=1', ...(path ? [`lexicon=${path}`] : [])];
      await train(await readTrainConfig(await withoutModel(), overrides), join(folder, name), { resume: false });
      const { tokens } = (await newestCheckpoint(join(folder, name, 'checkpoints')))!;
      expect(tokens.symbols).toEqual(said.tokens.symbols);
      expect(tokens.lexicon?.has('hey')).toBe(path !== undefined);
    }
  });

  it('leaves out utterances with words that the lexicon lacks, and counts them', async () => {
    const short = join(folder, 'short.txt');
    await writeFile(short, 'lo l ō\n');
    const leftOut: Record<string, number>[] = [];
    const config = await readTrainConfig(recipe, [`lexicon=${short}`, 'epochs=1', 'averageBest=1']);
    const onEvent = (event: TrainEvent) => event.kind === 'start' && leftOut.push(event.leftOut);
    await train(config, join(folder, 'short'), { resume: false, onEvent });
    const texts = (await readFile(join(folder, 'train.jsonl'), 'utf8')).trimEnd().split('\n');
    const unknown = texts.filter((line) => /hi/.test(JSON.parse(line).text)).length;
    expect(unknown).toBeGreaterThan(0);
    expect(leftOut).toEqual([{ AUR_DECODING_PRONUNCIATION: unknown }]);
  });

  it('names a lexicon that is none', async () => {
    const config = await readTrainConfig(recipe, ['lexicon=/nowhere/lexicon.txt']);
    await expect(train(config, join(folder, 'none'), { resume: false })).rejects.toMatchObject({
      code: 'AUR_TRAIN_VOCABULARY',
      message: expect.stringContaining('/nowhere/lexicon.txt'),
    });
  });
});
