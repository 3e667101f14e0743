/** A kernel of ours written in TF.js's own operators goes in; the backends that compute at once call it. */
import { type NamedTensorInfoMap, registerKernel, type Tensor, tidy } from '@tensorflow/tfjs';

/** TF.js's plain JavaScript backend, which tests hold the others against, and TensorFlow. */
const BACKENDS = ['cpu', 'tensorflow'];

/** Registers `kernel` wherever operators are computed as they are called. */
export function registerComposed<Inputs extends NamedTensorInfoMap>(
  kernelName: string,
  kernel: (inputs: Inputs) => Tensor | Tensor[],
): void {
  for (const backendName of BACKENDS)
    registerKernel({
      kernelName,
      backendName,
      // What the kernel makes on the way would be held until the whole step is done.
      kernelFunc: ({ inputs }) => tidy(() => kernel(inputs as Inputs)),
    });
}
