/** `auricle keys`: a file of API keys goes in, one with a key more or less comes out. A key itself is shown once, when it is made. */
import { hashKey, type KeyRecord, keyRecordSchema, newKey, readKeyFile, writeKeyFile } from '@auricle/serving';
import { Command, Option } from 'commander';
import { cliError, wholeNumber } from '../errors.js';
import { numberOption } from './data/number-option.js';

interface AddOptions {
  streams?: number;
  audioHours?: number;
  days?: number;
  archive: KeyRecord['archive'];
}

const DAY_MS = 86_400_000;

const add = new Command('add')
  .description('make a key, print it, and write its hash to the file')
  .argument('<file>', 'API keys; made if it is not there')
  .argument('<name>', 'whose key it is: shown in logs and metrics')
  .option('--streams <count>', 'streams open at a time', wholeNumber('--streams', 1, 1_000_000))
  .option('--audio-hours <hours>', 'of audio a day', numberOption)
  .option('--days <count>', 'after which it expires', wholeNumber('--days', 1, 36_500))
  .addOption(
    new Option('--archive <what>', 'kept of its streams, where the server has an archive')
      .choices(['nothing', 'transcripts', 'audio'])
      .default('nothing'),
  )
  .action(async (file: string, name: string, { streams, audioHours, days, archive }: AddOptions) => {
    const keys = await readKeyFile(file);
    if (keys.some((key) => key.name === name)) throw cliError('AUR_CLI_KEY', { problem: `${file} has a key ${name}` });
    const key = newKey();
    const now = Date.now();
    const record = keyRecordSchema.safeParse({
      name,
      sha256: hashKey(key),
      created: new Date(now).toISOString(),
      expires: days === undefined ? undefined : new Date(now + days * DAY_MS).toISOString(),
      limits: { streams, audioHoursPerDay: audioHours },
      archive,
    });
    if (!record.success) {
      const problem = record.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; ');
      throw cliError('AUR_CLI_KEY', { problem });
    }
    await writeKeyFile(file, [...keys, record.data]);
    process.stdout.write(`${key}\n`);
    process.stderr.write(`The key of ${name}. It is not kept anywhere: note it now.\n`);
  });

const list = new Command('list')
  .description('show the keys of a file, without the keys themselves')
  .argument('<file>', 'API keys')
  .action(async (file: string) => {
    for (const { name, created, expires, limits, archive } of await readKeyFile(file)) {
      const facts = [
        `made ${created.slice(0, 10)}`,
        expires && `expires ${expires.slice(0, 10)}`,
        limits.streams !== undefined && `${limits.streams} streams`,
        limits.audioHoursPerDay !== undefined && `${limits.audioHoursPerDay} hours of audio a day`,
        archive !== 'nothing' && `archives ${archive}`,
      ];
      process.stdout.write(`${name}: ${facts.filter(Boolean).join(', ')}\n`);
    }
  });

const remove = new Command('remove')
  .description('take a key back; a running server lets it in no more within seconds, open streams go on')
  .argument('<file>', 'API keys')
  .argument('<name>', 'whose key')
  .action(async (file: string, name: string) => {
    const keys = await readKeyFile(file);
    const left = keys.filter((key) => key.name !== name);
    if (left.length === keys.length) throw cliError('AUR_CLI_KEY', { problem: `${file} has no key ${name}` });
    await writeKeyFile(file, left);
  });

export const keysCommand = new Command('keys')
  .description('make, list and take back API keys of the service')
  .addCommand(add)
  .addCommand(list)
  .addCommand(remove);
