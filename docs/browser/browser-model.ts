/** Chunks of one stream go in, log-probs come out: the exported model in ONNX Runtime's WebAssembly, its caches kept here. */
import type { LogProbs } from '@auricle/serving/results';
import { env, InferenceSession, Tensor } from 'onnxruntime-web/wasm';

// One thread: more would ask the page's server for headers that most do not send.
env.wasm.numThreads = 1;
env.wasm.wasmPaths = { wasm: new URL('ort-wasm-simd-threaded.wasm', document.baseURI).href };

const CACHES = [2, 3, 4];

export class BrowserModel {
  private caches: Tensor[];

  private constructor(
    private readonly session: InferenceSession,
    /** feature frames a run takes */
    readonly windowSize: number,
    private readonly melBins: number,
  ) {
    this.caches = this.newCaches();
  }

  /** @param url of a model of the interface that `auricle export` writes */
  static async load(url: string): Promise<BrowserModel> {
    const session = await InferenceSession.create(url);
    const [, melBins, windowSize] = shapeOf(session, 0);
    return new BrowserModel(session, windowSize, melBins);
  }

  /** Begins another stream. */
  reset(): void {
    this.caches = this.newCaches();
  }

  /** @param chunk row-major [window, 80] */
  async run(chunk: Float32Array): Promise<LogProbs> {
    const { windowSize, melBins, session } = this;
    const turned = new Float32Array(chunk.length);
    for (let frame = 0; frame < windowSize; frame++)
      for (let bin = 0; bin < melBins; bin++) turned[bin * windowSize + frame] = chunk[frame * melBins + bin];
    const inputs = [
      new Tensor('float32', turned, [1, melBins, windowSize]),
      new Tensor('int64', BigInt64Array.of(BigInt(windowSize)), [1]),
      ...this.caches,
    ];
    const outputs = await session.run(Object.fromEntries(session.inputNames.map((name, i) => [name, inputs[i]])));
    this.caches = CACHES.map((place) => outputs[session.outputNames[place]] as Tensor);
    const logProbs = outputs[session.outputNames[0]];
    return { values: logProbs.data as Float32Array, frames: logProbs.dims[1] };
  }

  private newCaches(): Tensor[] {
    return CACHES.map((place) => {
      const dims = shapeOf(this.session, place);
      const size = dims.reduce((a, b) => a * b, 1);
      return dims.length === 1
        ? new Tensor('int64', new BigInt64Array(size), dims)
        : new Tensor('float32', new Float32Array(size), dims);
    });
  }
}

/** Of one stream. */
function shapeOf({ inputMetadata }: InferenceSession, input: number): number[] {
  const value = inputMetadata[input];
  if (!value.isTensor) throw new Error(`input ${value.name} is no tensor`);
  return value.shape.map((dim) => (typeof dim === 'number' && dim > 0 ? dim : 1));
}
