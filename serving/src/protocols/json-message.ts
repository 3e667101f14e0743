/** The text of a message goes in, the record that its schema makes of it comes out. */
import { describeIssues } from '@auricle/bundle';
import type { z } from 'zod';
import { servingError } from '../errors.js';

const shorten = (text: string) => JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text);

/** @throws AUR_PROTOCOL_NOT_JSON */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = (cause as Error).message;
    throw servingError('AUR_PROTOCOL_NOT_JSON', { reason, seen: shorten(text) }, { cause });
  }
}

/** @throws AUR_PROTOCOL_MESSAGE naming field, value seen and what was expected */
export function checkMessage<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw servingError('AUR_PROTOCOL_MESSAGE', { problems: describeIssues(parsed.error, value) });
  return parsed.data;
}
