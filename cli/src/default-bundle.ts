/** The model that is used when none is named. */
import { fileURLToPath } from 'node:url';

export const DEFAULT_BUNDLE = fileURLToPath(new URL('../../models/digits-en', import.meta.url));
