/** What a caller asks for goes in, checked options come out. */
import { z } from 'zod';
import { datasetError } from '../errors.js';

/** @param command names them in errors
 *  @throws AUR_DATA_OPTIONS listing every offending path with the value seen */
export function checkOptions<T>(schema: z.ZodType<T>, options: unknown, command: string): T {
  const result = schema.safeParse(options);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => {
    const seen = issue.path.reduce<unknown>(
      (at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key],
      options,
    );
    return `${issue.path.join('.') || 'options'}: ${issue.message}${seen === undefined ? '' : ` (seen: ${typeof seen === 'number' ? seen : JSON.stringify(seen)})`}`;
  });
  throw datasetError('AUR_DATA_OPTIONS', { command, problems: problems.join('; ') });
}

export const seed = z.number().int().min(0).max(0xffffffff);
