/** `auricle data librispeech` and its like: a known corpus goes in, or is fetched; manifests come out. */
import {
  downloadAn4,
  downloadCommonVoice,
  downloadFsdd,
  downloadLibrispeech,
  downloadLjspeech,
  downloadMiniLibrispeech,
  downloadMusan,
  downloadRirsNoises,
  downloadSpeechCommands,
  downloadTedlium,
  downloadVctk,
  downloadYesno,
  type FetchOptions,
  LIBRISPEECH_PARTS,
  type PreparedCorpus,
  prepareAn4,
  prepareCommonVoice,
  prepareFsdd,
  prepareLibrispeech,
  prepareLjspeech,
  prepareMiniLibrispeech,
  prepareMusan,
  prepareRirsNoises,
  prepareSpeechCommands,
  prepareTedlium,
  prepareVctk,
  prepareYesno,
} from '@auricle/datasets';
import { SingleBar } from 'cli-progress';
import { Command } from 'commander';

interface Options {
  download?: boolean;
  mirror?: string;
  archive?: string;
  parts?: string[];
}

interface Recipe {
  name: string;
  /** what the corpus is, how large, under which licence */
  about: string;
  /** how it is split */
  splits: string;
  download: (folder: string, options: FetchOptions & Options) => Promise<void>;
  prepare: (folder: string, out: string, options: Options) => Promise<PreparedCorpus>;
  /** where the corpus can be fetched and prepared in parts */
  parts?: readonly string[];
  /** where labels are in the place of texts */
  hasNoTexts?: boolean;
  /** where the archive is given to those only who sign in */
  hasNoAddress?: boolean;
}

const RECIPES: readonly Recipe[] = [
  {
    name: 'librispeech',
    about: 'LibriSpeech: read English, 960 hours in seven parts, 61 GB, CC BY 4.0',
    splits: 'one a part',
    download: downloadLibrispeech,
    prepare: prepareLibrispeech,
    parts: LIBRISPEECH_PARTS,
  },
  {
    name: 'mini-librispeech',
    about: 'Mini LibriSpeech: read English, 7 hours, 0.5 GB, CC BY 4.0',
    splits: 'train and dev, official',
    download: downloadMiniLibrispeech,
    prepare: prepareMiniLibrispeech,
  },
  {
    name: 'common-voice',
    about: 'Common Voice: one language of it, read by volunteers, CC0',
    splits: 'train, dev and test, official',
    download: downloadCommonVoice,
    prepare: prepareCommonVoice,
    hasNoAddress: true,
  },
  {
    name: 'speech-commands',
    about: 'Speech Commands 0.02: single English words, 2.4 GB, CC BY 4.0',
    splits: 'train, dev and test, official',
    download: downloadSpeechCommands,
    prepare: prepareSpeechCommands,
  },
  {
    name: 'an4',
    about: "CMU's AN4: spelled names, dates and commands, 1 hour, 64 MB",
    splits: 'train and test, official',
    download: downloadAn4,
    prepare: prepareAn4,
  },
  {
    name: 'ljspeech',
    about: 'LJ Speech 1.1: audiobooks by one reader, 24 hours, 2.7 GB, public domain',
    splits: 'train, dev (chapter 49) and test (chapter 50)',
    download: downloadLjspeech,
    prepare: prepareLjspeech,
  },
  {
    name: 'vctk',
    about: 'VCTK 0.92: 110 readers of English, 44 hours, 12 GB, CC BY 4.0',
    splits: 'train, dev and test, by speaker: of every twenty the 10th is in dev, the 20th in test',
    download: downloadVctk,
    prepare: prepareVctk,
  },
  {
    name: 'fsdd',
    about: 'Free Spoken Digit Dataset: 3,000 English digits, 16 MB, CC BY-SA 4.0',
    splits: 'train, dev (indices 45-49) and the official test split (0-4)',
    download: downloadFsdd,
    prepare: prepareFsdd,
  },
  {
    name: 'yesno',
    about: 'Yes/No: 60 recordings of one Hebrew speaker, 5 MB',
    splits: "train and test, Kaldi's",
    download: downloadYesno,
    prepare: prepareYesno,
  },
  {
    name: 'tedlium',
    about: 'TED-LIUM 3: segments of 2,351 English talks, 452 hours, 54 GB, CC BY-NC-ND 3.0',
    splits: 'train, dev and test, official (legacy)',
    download: downloadTedlium,
    prepare: prepareTedlium,
  },
  {
    name: 'musan',
    about: 'MUSAN: noise, music and speech to mix in, 109 hours, 11 GB',
    splits: 'noise, music and speech, with labels in the place of texts',
    hasNoTexts: true,
    download: downloadMusan,
    prepare: prepareMusan,
  },
  {
    name: 'rirs-noises',
    about: 'RIRS_NOISES: real and simulated room responses, and noises, 1.3 GB, Apache 2.0',
    splits: 'rirs and noise, with labels in the place of texts',
    hasNoTexts: true,
    download: downloadRirsNoises,
    prepare: prepareRirsNoises,
  },
];

export const recipeCommands: Command[] = RECIPES.map((recipe) => {
  const command = new Command(recipe.name)
    .description(`${recipe.about}; manifests: ${recipe.splits}`)
    .argument('<folder>', 'folder of the corpus, or the one above')
    .argument('<out>', 'folder for the manifests');
  if (recipe.hasNoAddress)
    command.option('--archive <path or address>', 'unpack the archive that you were given into <folder> first');
  else
    command
      .option('--download', 'fetch what is not there yet into <folder> first', false)
      .option('--mirror <address>', 'folder in which the archives lie under their names, in place of the official one');
  if (recipe.parts)
    command.option(
      '--parts <names>',
      `with commas between them, of ${recipe.parts.join(', ')}; default: all to fetch, those that are there to prepare`,
      (names) => names.split(','),
    );
  return command.action(async (folder: string, out: string, options: Options) => {
    if (options.download || options.archive !== undefined) await fetchWithBar(recipe, folder, options);
    const prepared = await recipe.prepare(folder, out, options);
    for (const [split, { entries, quarantined }] of Object.entries(prepared)) {
      console.log(`${out}/${split}.jsonl: ${entries} ${recipe.hasNoTexts ? 'recordings' : 'utterances'}`);
      if (quarantined > 0)
        console.log(`${out}/${split}.quarantine.jsonl: ${quarantined} of no use, each with its reason`);
    }
  });
});

/** A bar for each archive on a terminal, the notices everywhere. */
async function fetchWithBar(recipe: Recipe, folder: string, options: Options): Promise<void> {
  const bar = new SingleBar({
    format: '{name} {bar} {percentage}% | {value}/{total} MB | {eta_formatted} left',
    stream: process.stderr,
    clearOnComplete: true,
  });
  const end = () => bar.isActive && bar.stop();
  try {
    await recipe.download(folder, {
      ...options,
      onProgress: (received, total, name) => {
        if (!process.stderr.isTTY) return;
        const [now, all] = [received, total ?? received].map((bytes) => Math.round(bytes / 1e6));
        if (bar.isActive) bar.update(now, { name });
        else bar.start(all, now, { name });
        bar.setTotal(all);
      },
      onNotice: (notice) => {
        end();
        console.error(notice);
      },
    });
  } finally {
    end();
  }
}
