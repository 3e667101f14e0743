/** The value of a message goes in, the record that its schema makes of it comes out. */
import { describeIssues } from '@auricle/bundle';
import type { z } from 'zod';
import { servingError } from '../errors.js';

/** @throws AUR_PROTOCOL_MESSAGE naming field, value seen and what was expected */
export function checkMessage<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw servingError('AUR_PROTOCOL_MESSAGE', { problems: describeIssues(parsed.error, value) });
  return parsed.data;
}
