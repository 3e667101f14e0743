/** API keys at rest go in, a ring comes out that knows whose key a caller holds. Keys themselves are never kept, only their SHA-256. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { describeIssues } from '@auricle/bundle';
import { z } from 'zod';
import { servingError } from '../errors.js';

/** Shorter ones could be guessed; those of `newKey` have 43 characters after their prefix. */
export const SHORTEST_KEY = 20;

const name = z
  .string()
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$/, 'expected letters, digits, dots, hyphens and underscores, at most 64');

export const keyLimitsSchema = z.strictObject({
  /** open at a time */
  streams: z.number().int().positive().optional(),
  /** a day (UTC), of one node */
  audioHoursPerDay: z.number().positive().optional(),
});

export const keyRecordSchema = z.strictObject({
  /** in logs, metrics and usage; says nothing of the key */
  name,
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits'),
  created: z.iso.datetime(),
  expires: z.iso.datetime().optional(),
  limits: keyLimitsSchema.default({}),
  /** what is kept of this key's streams, where the server has an archive */
  archive: z.enum(['nothing', 'transcripts', 'audio']).default('nothing'),
});
export type KeyRecord = z.output<typeof keyRecordSchema>;

export const keyFileSchema = z.strictObject({
  version: z.literal(1),
  keys: z.array(keyRecordSchema).refine((keys) => new Set(keys.map((key) => key.name)).size === keys.length, {
    error: 'expected each name once',
  }),
});

export const hashKey = (key: string): string => createHash('sha256').update(key).digest('hex');

/** A key of 256 random bits, so that a fast hash at rest is as good as a slow one: there is nothing to guess. */
export const newKey = (): string => `aur_${randomBytes(32).toString('base64url')}`;

/** @param source names the file in errors
 *  @throws AUR_ACCESS_CONFIG */
export function parseKeyFile(text: string, source: string): KeyRecord[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw servingError('AUR_ACCESS_CONFIG', { source, problems: (cause as Error).message }, { cause });
  }
  const parsed = keyFileSchema.safeParse(value);
  if (!parsed.success)
    throw servingError('AUR_ACCESS_CONFIG', { source, problems: describeIssues(parsed.error, value) });
  return parsed.data.keys;
}

/** Keys of an environment variable: `name:key`, several with commas between them.
 *  @throws AUR_ACCESS_CONFIG, which never quotes a key */
export function parseKeyList(text: string, source: string): KeyRecord[] {
  const fail = (problems: string) => servingError('AUR_ACCESS_CONFIG', { source, problems });
  const created = new Date().toISOString();
  return text
    .split(',')
    .filter((entry) => entry.trim() !== '')
    .map((entry, i) => {
      const colon = entry.indexOf(':');
      const key = entry.slice(colon + 1).trim();
      const parsedName = name.safeParse(entry.slice(0, Math.max(0, colon)).trim());
      if (!parsedName.success) throw fail(`entry ${i + 1}: expected name:key`);
      if (key.length < SHORTEST_KEY)
        throw fail(`entry ${i + 1} (${parsedName.data}): expected a key of at least ${SHORTEST_KEY} characters`);
      return { name: parsedName.data, sha256: hashKey(key), created, limits: {}, archive: 'nothing' as const };
    });
}

/** Bytes of a digest by which records are looked up. They tell whoever measures the time only about the digest of a guess. */
const INDEX_CHARACTERS = 16;

export class KeyRing {
  private readonly byDigest = new Map<string, { record: KeyRecord; digest: Buffer }[]>();
  private readonly byName = new Map<string, KeyRecord>();

  /** @throws AUR_ACCESS_CONFIG when two records have one name */
  constructor(records: readonly KeyRecord[]) {
    for (const record of records) {
      if (this.byName.has(record.name))
        throw servingError('AUR_ACCESS_CONFIG', {
          source: 'API keys',
          problems: `${record.name}: expected each name once`,
        });
      this.byName.set(record.name, record);
      const index = record.sha256.slice(0, INDEX_CHARACTERS);
      const entry = { record, digest: Buffer.from(record.sha256, 'hex') };
      this.byDigest.set(index, [...(this.byDigest.get(index) ?? []), entry]);
    }
  }

  get size(): number {
    return this.byName.size;
  }

  /** @param now wall-clock ms
   *  @throws AUR_ACCESS_KEY, AUR_ACCESS_EXPIRED */
  find(key: string, now = Date.now()): KeyRecord {
    const digest = createHash('sha256').update(key).digest();
    const candidates = this.byDigest.get(digest.toString('hex').slice(0, INDEX_CHARACTERS)) ?? [];
    const found = candidates.find((candidate) => timingSafeEqual(candidate.digest, digest));
    if (!found) throw servingError('AUR_ACCESS_KEY');
    return unexpired(found.record, now);
  }

  /** The record that a token was minted for.
   *  @throws AUR_ACCESS_KEY when it is no longer there, AUR_ACCESS_EXPIRED */
  named(keyName: string, now = Date.now()): KeyRecord {
    const record = this.byName.get(keyName);
    if (!record) throw servingError('AUR_ACCESS_KEY');
    return unexpired(record, now);
  }
}

function unexpired(record: KeyRecord, now: number): KeyRecord {
  if (record.expires !== undefined && now >= Date.parse(record.expires))
    throw servingError('AUR_ACCESS_EXPIRED', { what: 'key' });
  return record;
}
