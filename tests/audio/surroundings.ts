/** Called in a test file, it takes away what would make tests of refusals slow or loud. */
import { afterAll, beforeAll, vi } from 'vitest';

/** No ffmpeg on the PATH, and nothing printed: the decoders print what they also return. */
export function quietAndAlone(): void {
  beforeAll(() => {
    vi.stubEnv('PATH', '');
    vi.spyOn(console, 'error').mockImplementation(() => {});
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });
}
