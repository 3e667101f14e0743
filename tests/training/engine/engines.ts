/** Every engine there is, each with why this machine lacks it, if it does. */
import { existsSync } from 'node:fs';
import { type EngineChoice, requireEngine } from '@auricle/training';

/** Of Debian's chromium: a Vulkan driver that computes on the CPU. */
const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json';
if (!existsSync('/dev/dri') && existsSync(SWIFTSHADER)) process.env.VK_ICD_FILENAMES ??= SWIFTSHADER;

const CHOICES: EngineChoice[] = [
  { kind: 'onnx', provider: 'cpu' },
  { kind: 'onnx', provider: 'webgpu' },
  { kind: 'onnx', provider: 'cuda' },
  { kind: 'tensorflow', provider: 'cpu' },
  { kind: 'tensorflow', provider: 'cuda' },
];

export const ENGINES: { name: string; choice: EngineChoice; missing: string | undefined }[] = [];
for (const choice of CHOICES) {
  const missing = await requireEngine(choice).then(
    () => undefined,
    (error: Error & { code?: string }) => {
      if (error.code !== 'AUR_ENGINE_MISSING') throw error;
      return error.message;
    },
  );
  if (missing) console.log(`skipped: ${missing}`);
  ENGINES.push({ name: `${choice.kind} on ${choice.provider}`, choice, missing });
}
