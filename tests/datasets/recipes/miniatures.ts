/** The corpora that have recipes, each with a few tiny recordings in the layout of its archives, and what its recipe is to make of them. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { downloadAn4, prepareAn4 } from '@auricle/datasets/recipes/an4';
import type { FetchOptions } from '@auricle/datasets/recipes/archives';
import { downloadCommonVoice, prepareCommonVoice } from '@auricle/datasets/recipes/common-voice';
import type { PreparedCorpus } from '@auricle/datasets/recipes/corpus-manifests';
import { downloadFsdd, prepareFsdd } from '@auricle/datasets/recipes/fsdd';
import { downloadLibrispeech, prepareLibrispeech } from '@auricle/datasets/recipes/librispeech';
import { downloadLjspeech, prepareLjspeech } from '@auricle/datasets/recipes/ljspeech';
import { downloadMiniLibrispeech, prepareMiniLibrispeech } from '@auricle/datasets/recipes/mini-librispeech';
import { downloadMusan, prepareMusan } from '@auricle/datasets/recipes/musan';
import { downloadRirsNoises, prepareRirsNoises } from '@auricle/datasets/recipes/rirs-noises';
import { downloadSpeechCommands, prepareSpeechCommands } from '@auricle/datasets/recipes/speech-commands';
import { downloadTedlium, prepareTedlium } from '@auricle/datasets/recipes/tedlium';
import { downloadVctk, prepareVctk } from '@auricle/datasets/recipes/vctk';
import { downloadYesno, prepareYesno } from '@auricle/datasets/recipes/yesno';
import { create } from 'tar';
import { ZipFile } from 'yazl';
import { temporaryFolder, tone, wavBytes } from '../files.js';

/** Contents by path. */
export type Files = Readonly<Record<string, Buffer | string>>;

export interface Miniature {
  corpus: string;
  /** the archives' contents by their names */
  archives: Readonly<Record<string, Files>>;
  download: (folder: string, options: FetchOptions & { archive?: string }) => Promise<void>;
  prepare: (folder: string, out: string) => Promise<PreparedCorpus>;
  /** the lines of each manifest; the audio's path below the folder that was downloaded to */
  manifests: Readonly<Record<string, readonly object[]>>;
  /** what is left out: audio (where the list names one), split and code */
  quarantine: readonly (readonly [audio: string | undefined, split: string, code: string])[];
  /** beginning of the paths in the first archive without which it is not the corpus, and how the error names them */
  indispensable: { paths: string; name: string };
  /** the recipe knows no checksum or size of the official archive, so a miniature is not refused */
  isUnchecked?: true;
}

const WAV = wavBytes(tone(0.25, 8000), 8000);
/** 300 samples at 8 kHz. */
const FLAC = await readFile(resolve(import.meta.dirname, '../../audio/fixtures/encodings/one-frame.flac'));
const FLAC_SECONDS = 0.0375;

/** A NIST SPHERE file of 16-bit samples at 16 kHz, low byte first. */
function sphere(seconds: number): Buffer {
  const samples = tone(seconds, 16_000);
  const header = `NIST_1A\n   1024\nsample_count -i ${samples.length}\nsample_n_bytes -i 2\nchannel_count -i 1\nsample_byte_format -s2 01\nsample_rate -i 16000\nsample_coding -s3 pcm\nend_head\n`;
  return Buffer.concat([Buffer.from(header.padEnd(1024)), wavBytes(samples, 16_000).subarray(44)]);
}

const lines = (...all: string[]) => all.map((line) => `${line}\n`).join('');

/** The chapters of one part of LibriSpeech's layout: two utterances, one whose audio is missing, one whose text is, and a bad line. */
const chapters = (part: string): Files => ({
  'LibriSpeech/SPEAKERS.TXT': 'not wanted',
  [`LibriSpeech/${part}/84/121123/84-121123-0000.flac`]: FLAC,
  [`LibriSpeech/${part}/84/121123/84-121123-0003.flac`]: FLAC,
  [`LibriSpeech/${part}/84/121123/84-121123.trans.txt`]: lines(
    '84-121123-0000 GO DO YOU HEAR',
    '84-121123-0001 BUT IN LESS THAN FIVE MINUTES',
    '84-121123-0002',
  ),
  [`LibriSpeech/${part}/2277/149896/2277-149896-0000.flac`]: FLAC,
  [`LibriSpeech/${part}/2277/149896/2277-149896.trans.txt`]: lines('2277-149896-0000 HE WAS IN A FEVERED STATE'),
});

const chapterLines = (part: string) => [
  {
    audio_filepath: `LibriSpeech/${part}/2277/149896/2277-149896-0000.flac`,
    text: 'HE WAS IN A FEVERED STATE',
    speaker: '2277',
    lang: 'en',
    duration: FLAC_SECONDS,
  },
  {
    audio_filepath: `LibriSpeech/${part}/84/121123/84-121123-0000.flac`,
    text: 'GO DO YOU HEAR',
    speaker: '84',
    lang: 'en',
    duration: FLAC_SECONDS,
  },
];

const chapterDefects = (part: string, split: string) =>
  [
    [`LibriSpeech/${part}/84/121123/84-121123-0001.flac`, split, 'AUR_AUDIO_MISSING'],
    [undefined, split, 'AUR_IMPORT_LINE'],
    [`LibriSpeech/${part}/84/121123/84-121123-0003.flac`, split, 'AUR_IMPORT_NO_TEXT'],
  ] as const;

/** Twenty readers of one sentence, so that each split has one. */
const READERS = Array.from({ length: 20 }, (_, i) => `p${225 + i}`);
const reading = (speaker: string) => ({
  audio_filepath: `VCTK-Corpus-0.92/wav48_silence_trimmed/${speaker}/${speaker}_001_mic1.flac`,
  text: 'Please call Stella.',
  speaker,
  lang: 'en',
  duration: FLAC_SECONDS,
});

const word = (audio: string, text: string, fields: object = {}) => ({
  audio_filepath: audio,
  text,
  ...fields,
  duration: 0.25,
});

const CLIPS = 'cv-corpus-17.0-2024-03-15/en';
const clip = (name: string, text: string, fields: object) => ({
  audio_filepath: `common-voice/clips/${name}`,
  text,
  ...fields,
});

const ALL: readonly Miniature[] = [
  {
    corpus: 'LibriSpeech',
    archives: { 'dev-clean.tar.gz': chapters('dev-clean'), 'test-other.tar.gz': chapters('test-other') },
    download: (folder, options) => downloadLibrispeech(folder, { ...options, parts: ['test-other', 'dev-clean'] }),
    prepare: prepareLibrispeech,
    manifests: { 'dev-clean': chapterLines('dev-clean'), 'test-other': chapterLines('test-other') },
    quarantine: [...chapterDefects('dev-clean', 'dev-clean'), ...chapterDefects('test-other', 'test-other')],
    indispensable: { paths: 'LibriSpeech/dev-clean/', name: 'folder "LibriSpeech/dev-clean"' },
  },
  {
    corpus: 'Mini LibriSpeech',
    archives: { 'train-clean-5.tar.gz': chapters('train-clean-5'), 'dev-clean-2.tar.gz': chapters('dev-clean-2') },
    download: downloadMiniLibrispeech,
    prepare: prepareMiniLibrispeech,
    manifests: { train: chapterLines('train-clean-5'), dev: chapterLines('dev-clean-2') },
    quarantine: [...chapterDefects('train-clean-5', 'train'), ...chapterDefects('dev-clean-2', 'dev')],
    indispensable: { paths: 'LibriSpeech/train-clean-5/', name: 'folder "LibriSpeech/train-clean-5"' },
  },
  {
    corpus: 'Common Voice',
    archives: {
      'cv-corpus-17.0-2024-03-15-en.tar.gz': {
        [`${CLIPS}/clips/common_voice_en_1.mp3`]: WAV,
        [`${CLIPS}/clips/common_voice_en_2.mp3`]: WAV,
        [`${CLIPS}/clips/common_voice_en_3.mp3`]: WAV,
        [`${CLIPS}/train.tsv`]: lines(
          'client_id\tpath\tsentence_id\tsentence\tlocale',
          'a1\tcommon_voice_en_1.mp3\ts1\t"Hello," she said.\ten',
          'a1\tcommon_voice_en_9.mp3\ts9\tNobody recorded this.\ten',
          'a1\tcommon_voice_en_1.mp3\tcut off',
        ),
        [`${CLIPS}/dev.tsv`]: lines(
          'client_id\tpath\tsentence_id\tsentence\tlocale',
          'b2\tcommon_voice_en_2.mp3\ts2\tA second voice.\ten',
        ),
        [`${CLIPS}/test.tsv`]: lines(
          'client_id\tpath\tsentence_id\tsentence\tlocale',
          'c3\tcommon_voice_en_3.mp3\ts3\tA third one.\ten',
        ),
        [`${CLIPS}/clip_durations.tsv`]: lines(
          'clip\tduration[ms]',
          'common_voice_en_1.mp3\t4032',
          'common_voice_en_2.mp3\t2500',
          'common_voice_en_9.mp3\t1000',
        ),
      },
    },
    download: (folder, { mirror, ...options }) =>
      downloadCommonVoice(folder, { ...options, archive: `${mirror}/cv-corpus-17.0-2024-03-15-en.tar.gz` }),
    prepare: prepareCommonVoice,
    manifests: {
      train: [clip('common_voice_en_1.mp3', '"Hello," she said.', { speaker: 'a1', lang: 'en', duration: 4.032 })],
      dev: [clip('common_voice_en_2.mp3', 'A second voice.', { speaker: 'b2', lang: 'en', duration: 2.5 })],
      // The table of durations does not have it: read.
      test: [clip('common_voice_en_3.mp3', 'A third one.', { speaker: 'c3', lang: 'en', duration: 0.25 })],
    },
    quarantine: [
      ['common-voice/clips/common_voice_en_9.mp3', 'train', 'AUR_IMPORT_NO_AUDIO'],
      [undefined, 'train', 'AUR_IMPORT_LINE'],
    ],
    indispensable: { paths: `${CLIPS}/train.tsv`, name: `"${CLIPS}/train.tsv"` },
    isUnchecked: true,
  },
  {
    corpus: 'Speech Commands',
    archives: {
      'speech_commands_v0.02.tar.gz': {
        './bed/004ae714_nohash_0.wav': WAV,
        './bed/004ae714_nohash_1.wav': 'damaged',
        './bed/00176480_nohash_0.wav': WAV,
        './cat/0bde966a_nohash_0.wav': WAV,
        './_background_noise_/running_tap.wav': WAV,
        './validation_list.txt': lines('bed/00176480_nohash_0.wav', 'cat/00176480_nohash_0.wav'),
        './testing_list.txt': lines('cat/0bde966a_nohash_0.wav'),
      },
    },
    download: downloadSpeechCommands,
    prepare: prepareSpeechCommands,
    manifests: {
      train: [word('speech_commands_v0.02/bed/004ae714_nohash_0.wav', 'bed', { speaker: '004ae714', lang: 'en' })],
      dev: [word('speech_commands_v0.02/bed/00176480_nohash_0.wav', 'bed', { speaker: '00176480', lang: 'en' })],
      test: [word('speech_commands_v0.02/cat/0bde966a_nohash_0.wav', 'cat', { speaker: '0bde966a', lang: 'en' })],
    },
    quarantine: [
      ['speech_commands_v0.02/bed/004ae714_nohash_1.wav', 'train', 'AUR_AUDIO_UNKNOWN_FORMAT'],
      ['speech_commands_v0.02/cat/00176480_nohash_0.wav', 'dev', 'AUR_AUDIO_MISSING'],
    ],
    indispensable: { paths: './testing_list.txt', name: '"testing_list.txt"' },
  },
  {
    corpus: 'AN4',
    archives: {
      'an4_sphere.tar.gz': {
        'an4/README': 'about it',
        'an4/etc/an4_train.transcription': lines('<s> YES </s> (an251-fash-b)', '<s> GO </s> (an253-fash-b)', 'GO'),
        'an4/etc/an4_test.transcription': lines('RUBOUT G M E F THREE NINE (cen5-fcaw-b)'),
        'an4/wav/an4_clstk/fash/an251-fash-b.sph': sphere(0.5),
        'an4/wav/an4_clstk/fash/an254-fash-b.sph': sphere(0.5),
        'an4/wav/an4test_clstk/fcaw/cen5-fcaw-b.sph': sphere(0.125),
      },
    },
    download: downloadAn4,
    prepare: prepareAn4,
    manifests: {
      train: [
        {
          audio_filepath: 'an4/wav/an4_clstk/fash/an251-fash-b.sph',
          text: 'YES',
          speaker: 'fash',
          lang: 'en',
          duration: 0.5,
        },
      ],
      test: [
        {
          audio_filepath: 'an4/wav/an4test_clstk/fcaw/cen5-fcaw-b.sph',
          text: 'RUBOUT G M E F THREE NINE',
          speaker: 'fcaw',
          lang: 'en',
          duration: 0.125,
        },
      ],
    },
    quarantine: [
      ['an4/wav/an4_clstk/fash/an253-fash-b.sph', 'train', 'AUR_AUDIO_MISSING'],
      [undefined, 'train', 'AUR_IMPORT_LINE'],
      ['an4/wav/an4_clstk/fash/an254-fash-b.sph', 'train', 'AUR_IMPORT_NO_TEXT'],
    ],
    indispensable: { paths: 'an4/etc/an4_test', name: '"an4/etc/an4_test.transcription"' },
    isUnchecked: true,
  },
  {
    corpus: 'LJ Speech',
    archives: {
      'LJSpeech-1.1.tar.bz2': {
        'LJSpeech-1.1/README': 'about it',
        'LJSpeech-1.1/metadata.csv': lines(
          'LJ001-0001|Printing, in the "only" sense|Printing, in the "only" sense',
          'LJ001-0002|in 1455|in fourteen fifty-five',
          'LJ001-0003|no third column',
          'LJ049-0001|to protect him.|to protect him.',
          'LJ050-0001|The Report|The Report',
        ),
        'LJSpeech-1.1/wavs/LJ001-0001.wav': WAV,
        'LJSpeech-1.1/wavs/LJ001-0002.wav': WAV,
        'LJSpeech-1.1/wavs/LJ001-0003.wav': WAV,
        'LJSpeech-1.1/wavs/LJ050-0001.wav': WAV,
      },
    },
    download: downloadLjspeech,
    prepare: prepareLjspeech,
    manifests: {
      train: [
        word('LJSpeech-1.1/wavs/LJ001-0001.wav', 'Printing, in the "only" sense', { speaker: 'lj', lang: 'en' }),
        word('LJSpeech-1.1/wavs/LJ001-0002.wav', 'in fourteen fifty-five', {
          written: 'in 1455',
          speaker: 'lj',
          lang: 'en',
        }),
      ],
      dev: [],
      test: [word('LJSpeech-1.1/wavs/LJ050-0001.wav', 'The Report', { speaker: 'lj', lang: 'en' })],
    },
    quarantine: [
      [undefined, 'train', 'AUR_IMPORT_LINE'],
      ['LJSpeech-1.1/wavs/LJ049-0001.wav', 'dev', 'AUR_AUDIO_MISSING'],
      ['LJSpeech-1.1/wavs/LJ001-0003.wav', 'train', 'AUR_IMPORT_NO_TEXT'],
    ],
    indispensable: { paths: 'LJSpeech-1.1/metadata.csv', name: '"LJSpeech-1.1/metadata.csv"' },
  },
  {
    corpus: 'VCTK',
    archives: {
      'VCTK-Corpus-0.92.zip': {
        'speaker-info.txt': 'ID  AGE  GENDER  ACCENTS',
        ...Object.fromEntries(
          READERS.flatMap((reader) => [
            [`txt/${reader}/${reader}_001.txt`, 'Please call Stella.\n'],
            [`wav48_silence_trimmed/${reader}/${reader}_001_mic1.flac`, FLAC],
            [`wav48_silence_trimmed/${reader}/${reader}_001_mic2.flac`, FLAC],
          ]),
        ),
        'txt/p225/p225_002.txt': 'Ask her to bring these things.',
        'wav48_silence_trimmed/p234/p234_003_mic1.flac': FLAC,
      },
    },
    download: downloadVctk,
    prepare: prepareVctk,
    manifests: {
      train: READERS.filter((_, i) => i !== 9 && i !== 19).map(reading),
      dev: [reading('p234')],
      test: [reading('p244')],
    },
    quarantine: [
      ['VCTK-Corpus-0.92/wav48_silence_trimmed/p225/p225_002_mic1.flac', 'train', 'AUR_AUDIO_MISSING'],
      ['VCTK-Corpus-0.92/wav48_silence_trimmed/p234/p234_003_mic1.flac', 'dev', 'AUR_IMPORT_NO_TEXT'],
    ],
    indispensable: { paths: 'txt/', name: '"txt"' },
  },
  {
    corpus: 'FSDD',
    archives: {
      'v1.0.10.tar.gz': {
        'free-spoken-digit-dataset-1.0.10/README.md': 'not wanted',
        'free-spoken-digit-dataset-1.0.10/recordings/3_theo_4.wav': WAV,
        'free-spoken-digit-dataset-1.0.10/recordings/0_theo_5.wav': WAV,
        'free-spoken-digit-dataset-1.0.10/recordings/7_george_45.wav': WAV,
        'free-spoken-digit-dataset-1.0.10/recordings/8_george_44.wav': 'damaged',
      },
    },
    download: downloadFsdd,
    prepare: prepareFsdd,
    manifests: {
      train: [word('recordings/0_theo_5.wav', 'zero', { speaker: 'theo', lang: 'en' })],
      dev: [word('recordings/7_george_45.wav', 'seven', { speaker: 'george', lang: 'en' })],
      test: [word('recordings/3_theo_4.wav', 'three', { speaker: 'theo', lang: 'en' })],
    },
    quarantine: [['recordings/8_george_44.wav', 'train', 'AUR_AUDIO_UNKNOWN_FORMAT']],
    indispensable: { paths: 'free-spoken-digit-dataset-1.0.10/recordings/', name: 'folder "*/recordings"' },
    isUnchecked: true,
  },
  {
    corpus: 'Yes/No',
    archives: {
      'waves_yesno.tar.gz': {
        'waves_yesno/README': 'about it',
        'waves_yesno/0_0_0_0_1_1_1_1.wav': WAV,
        'waves_yesno/1_0_1_0_1_0_1_0.wav': WAV,
        'waves_yesno/1_1_1_1_1_1_1_1.wav': 'damaged',
      },
    },
    download: downloadYesno,
    prepare: prepareYesno,
    manifests: {
      train: [word('waves_yesno/0_0_0_0_1_1_1_1.wav', 'NO NO NO NO YES YES YES YES', { speaker: 'yesno', lang: 'he' })],
      test: [word('waves_yesno/1_0_1_0_1_0_1_0.wav', 'YES NO YES NO YES NO YES NO', { speaker: 'yesno', lang: 'he' })],
    },
    quarantine: [['waves_yesno/1_1_1_1_1_1_1_1.wav', 'test', 'AUR_AUDIO_UNKNOWN_FORMAT']],
    indispensable: { paths: 'waves_yesno/', name: 'folder "waves_yesno"' },
  },
  {
    corpus: 'TED-LIUM',
    archives: {
      'TEDLIUM_release-3.tgz': {
        'TEDLIUM_release-3/data/sph/AlGore_2009.sph': sphere(1),
        'TEDLIUM_release-3/data/stm/AlGore_2009.stm': lines(
          ';; comment',
          "AlGore_2009 1 AlGore 0.10 0.40 <o,f0,male> i 'm not <unk> (AlGore_2009-0.10-0.40-F0_M-S0)",
          'AlGore_2009 1 AlGore 0.40 0.50 <o,f0,male> ignore_time_segment_in_scoring',
          'AlGore_2009 1 AlGore 0.50 1.05 <o,f0,male> to the end (2)',
          'AlGore_2009 1 AlGore 0.90 1.50 <o,f0,male> beyond the end',
          'AlGore_2009 1 AlGore 0.90 0.80 <o,f0,male> ends before it begins',
        ),
        'TEDLIUM_release-3/legacy/dev/sph/BillGates_2010.sph': sphere(0.5),
        'TEDLIUM_release-3/legacy/dev/stm/BillGates_2010.stm': lines(
          'BillGates_2010 A BillGates 0 0.5 <F0_M> i am going to {NOISE} talk',
        ),
        'TEDLIUM_release-3/legacy/test/sph/DanBarber_2010.sph': sphere(0.5),
        'TEDLIUM_release-3/legacy/test/stm/DanBarber_2010.stm': lines(
          'DanBarber_2010 1 DanBarber 0.25 0.5 <o,f0,male> so',
        ),
      },
    },
    download: downloadTedlium,
    prepare: prepareTedlium,
    manifests: {
      train: [
        {
          audio_filepath: 'TEDLIUM_release-3/data/sph/AlGore_2009.sph',
          text: "i 'm not <unk>",
          speaker: 'AlGore',
          lang: 'en',
          offset: 0.1,
          duration: 0.3,
        },
        {
          audio_filepath: 'TEDLIUM_release-3/data/sph/AlGore_2009.sph',
          text: 'to the end (2)',
          speaker: 'AlGore',
          lang: 'en',
          offset: 0.5,
          duration: 0.55,
        },
      ],
      dev: [
        {
          audio_filepath: 'TEDLIUM_release-3/legacy/dev/sph/BillGates_2010.sph',
          text: 'i am going to {NOISE} talk',
          speaker: 'BillGates',
          lang: 'en',
          offset: 0,
          duration: 0.5,
        },
      ],
      test: [
        {
          audio_filepath: 'TEDLIUM_release-3/legacy/test/sph/DanBarber_2010.sph',
          text: 'so',
          speaker: 'DanBarber',
          lang: 'en',
          offset: 0.25,
          duration: 0.25,
        },
      ],
    },
    quarantine: [
      ['TEDLIUM_release-3/data/sph/AlGore_2009.sph', 'train', 'AUR_MANIFEST_SEGMENT'],
      [undefined, 'train', 'AUR_IMPORT_LINE'],
    ],
    indispensable: { paths: 'TEDLIUM_release-3/legacy/test/', name: '"TEDLIUM_release-3/legacy/test"' },
  },
  {
    corpus: 'MUSAN',
    archives: {
      'musan.tar.gz': {
        'musan/README': 'about it',
        'musan/noise/free-sound/noise-free-sound-0000.wav': WAV,
        'musan/noise/sound-bible/noise-sound-bible-0000.wav': 'damaged',
        'musan/music/fma/ANNOTATIONS': lines(
          'music-fma-0000 folk,country Y someone',
          'music-fma-0001 ambient N another',
        ),
        'musan/music/fma/music-fma-0000.wav': WAV,
        'musan/music/fma/music-fma-0001.wav': WAV,
        'musan/speech/librivox/speech-librivox-0000.wav': WAV,
      },
    },
    download: downloadMusan,
    prepare: prepareMusan,
    manifests: {
      noise: [
        {
          audio_filepath: 'musan/noise/free-sound/noise-free-sound-0000.wav',
          label: 'noise',
          source: 'free-sound',
          duration: 0.25,
        },
      ],
      music: [
        {
          audio_filepath: 'musan/music/fma/music-fma-0000.wav',
          label: 'music',
          source: 'fma',
          vocals: true,
          duration: 0.25,
        },
        {
          audio_filepath: 'musan/music/fma/music-fma-0001.wav',
          label: 'music',
          source: 'fma',
          vocals: false,
          duration: 0.25,
        },
      ],
      speech: [
        {
          audio_filepath: 'musan/speech/librivox/speech-librivox-0000.wav',
          label: 'speech',
          source: 'librivox',
          duration: 0.25,
        },
      ],
    },
    quarantine: [['musan/noise/sound-bible/noise-sound-bible-0000.wav', 'noise', 'AUR_AUDIO_UNKNOWN_FORMAT']],
    indispensable: { paths: 'musan/music/', name: '"musan/music"' },
  },
  {
    corpus: 'RIRS_NOISES',
    archives: {
      'rirs_noises.zip': {
        'RIRS_NOISES/README': 'about it',
        'RIRS_NOISES/real_rirs_isotropic_noises/rir_list': lines(
          '--rir-id 00001 --room-id 001 RIRS_NOISES/real_rirs_isotropic_noises/air_type1_air_binaural_lecture_0_1.wav',
          '--rir-id 00002 --room-id 001 RIRS_NOISES/real_rirs_isotropic_noises/RWCP_type1_rir_cirline_jr1_imp010.wav',
          '--rir-id 00003 RIRS_NOISES/../secret.wav',
        ),
        'RIRS_NOISES/real_rirs_isotropic_noises/noise_list': lines(
          '--noise-id 00001 --noise-type isotropic --room-linkage RVB2014_largeroom1 RIRS_NOISES/real_rirs_isotropic_noises/RVB2014_type1_noise_largeroom1_1.wav',
        ),
        'RIRS_NOISES/real_rirs_isotropic_noises/air_type1_air_binaural_lecture_0_1.wav': WAV,
        'RIRS_NOISES/real_rirs_isotropic_noises/RVB2014_type1_noise_largeroom1_1.wav': WAV,
        'RIRS_NOISES/simulated_rirs/smallroom/rir_list': lines(
          '--rir-id small_00001 --room-id small_Room001 RIRS_NOISES/simulated_rirs/smallroom/Room001/Room001-00001.wav',
        ),
        'RIRS_NOISES/simulated_rirs/smallroom/Room001/Room001-00001.wav': WAV,
        'RIRS_NOISES/simulated_rirs/mediumroom/rir_list': '',
        'RIRS_NOISES/simulated_rirs/largeroom/rir_list': '',
        'RIRS_NOISES/pointsource_noises/noise_list': lines(
          '--noise-id 00001 --noise-type point-source --bg-fg-type foreground RIRS_NOISES/pointsource_noises/noise-free-sound-0000.wav',
        ),
        'RIRS_NOISES/pointsource_noises/noise-free-sound-0000.wav': WAV,
      },
    },
    download: downloadRirsNoises,
    prepare: prepareRirsNoises,
    manifests: {
      rirs: [
        {
          audio_filepath: 'RIRS_NOISES/real_rirs_isotropic_noises/air_type1_air_binaural_lecture_0_1.wav',
          label: 'real',
          room: '001',
          duration: 0.25,
        },
        {
          audio_filepath: 'RIRS_NOISES/simulated_rirs/smallroom/Room001/Room001-00001.wav',
          label: 'small',
          room: 'small_Room001',
          duration: 0.25,
        },
      ],
      noise: [
        {
          audio_filepath: 'RIRS_NOISES/real_rirs_isotropic_noises/RVB2014_type1_noise_largeroom1_1.wav',
          label: 'isotropic',
          room: 'RVB2014_largeroom1',
          duration: 0.25,
        },
        {
          audio_filepath: 'RIRS_NOISES/pointsource_noises/noise-free-sound-0000.wav',
          label: 'point-source',
          duration: 0.25,
        },
      ],
    },
    quarantine: [
      ['RIRS_NOISES/real_rirs_isotropic_noises/RWCP_type1_rir_cirline_jr1_imp010.wav', 'rirs', 'AUR_AUDIO_MISSING'],
      [undefined, 'rirs', 'AUR_IMPORT_LINE'],
    ],
    indispensable: {
      paths: 'RIRS_NOISES/real_rirs_isotropic_noises/rir_list',
      name: '"RIRS_NOISES/real_rirs_isotropic_noises/rir_list"',
    },
  },
];

/** Archives are packed here by the program that unpacks them. */
export const HAS_BZIP2 = spawnSync('bzip2', ['--help']).error === undefined;
if (!HAS_BZIP2) console.log('skipped: the tests of .tar.bz2 archives, as there is no program bzip2');

export const MINIATURES = ALL.filter(
  ({ archives }) => HAS_BZIP2 || !Object.keys(archives).some((name) => name.endsWith('.bz2')),
);

/** The bytes of an archive, of the kind that its name says. */
export async function packed(name: string, files: Files): Promise<Buffer> {
  if (name.endsWith('.zip')) {
    const zip = new ZipFile();
    for (const [path, content] of Object.entries(files)) zip.addBuffer(Buffer.from(content), path);
    zip.end();
    return buffer(zip.outputStream);
  }
  const folder = await temporaryFolder();
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  const isBzip2 = name.endsWith('.bz2');
  const file = join(await temporaryFolder(), 'archive');
  // As tar does it: what begins with a dot slash is packed from there.
  const tops = Object.keys(files).some((path) => path.startsWith('./'))
    ? ['./']
    : [...new Set(Object.keys(files).map((path) => path.split('/')[0]))];
  await create({ file, cwd: folder, gzip: !isBzip2 }, tops);
  return isBzip2 ? bzip2(file) : readFile(file);
}

async function bzip2(file: string): Promise<Buffer> {
  const child = spawn('bzip2', ['-c'], { stdio: ['pipe', 'pipe', 'inherit'] });
  createReadStream(file).pipe(child.stdin);
  const [bytes] = await Promise.all([buffer(child.stdout), once(child, 'close')]);
  return bytes;
}
