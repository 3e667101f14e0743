// The page of docs/browser, our compiled rooms and a model go in, a folder that any static server can serve comes out:
// node scripts/build-browser-demo.mjs [OUT] [BUNDLE], after npm run build.
import { cp, mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const page = join(root, 'docs/browser');
const require = createRequire(join(root, 'audio/package.json'));

/** Only what the page uses comes in: the rooms' modules do nothing by being loaded, and those that need Node are not used. The audio room's
 *  index has some that do; the page has an index of its own for it. */
const rooms = {
  name: 'rooms',
  setup({ onResolve }) {
    onResolve({ filter: /^@auricle\/audio$/ }, () => ({ path: join(page, 'audio-room.ts') }));
    onResolve({ filter: /^@auricle\/decoding$/ }, () => ({
      path: join(root, 'decoding/dist/index.js'),
      sideEffects: false,
    }));
    onResolve({ filter: /^\.\.?\// }, ({ importer, resolveDir, path }) =>
      importer.startsWith(join(root, 'decoding/dist'))
        ? { path: join(resolveDir, path), sideEffects: false }
        : undefined,
    );
  },
};

/** @param out folder to write
 *  @param bundle with model.int8.onnx and recording.wav */
export async function buildBrowserDemo(out, bundle) {
  await mkdir(join(out, 'model'), { recursive: true });
  await build({
    entryPoints: [join(page, 'page.ts')],
    outdir: out,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
    logLevel: 'warning',
    plugins: [rooms],
    // What the WebAssembly loaders look for where they find themselves in Node.
    external: ['module', 'node:*'],
  });
  const copies = {
    'index.html': join(page, 'index.html'),
    'ort-wasm-simd-threaded.wasm': join(root, 'node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm'),
    'speex-resampler-simd.wasm': join(
      dirname(require.resolve('@echogarden/speex-resampler-wasm/simd')),
      'speex-resampler-simd.wasm',
    ),
  };
  for (const file of ['model.int8.onnx', 'tokens.txt', 'bundle.json', 'recording.wav'])
    copies[`model/${file}`] = join(bundle, file);
  for (const [to, from] of Object.entries(copies)) await cp(from, join(out, to));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [out = join(page, 'site'), bundle = join(root, 'models/digits-en')] = process.argv.slice(2);
  await buildBrowserDemo(resolve(out), resolve(bundle));
  console.log(`${resolve(out)}: serve it with any static server`);
}
