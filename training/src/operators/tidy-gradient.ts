/** A hand-written gradient goes in, one that leaves nothing behind but its result comes out. */
import { type Tensor, tidy } from '@tensorflow/tfjs';

/** TF.js does not tidy up after the gradients of `customGrad`: what they make on the way would be held until the whole backward pass is done. */
export const inTidy =
  <Result extends Tensor | Tensor[]>(gradient: (dy: Tensor, saved: Tensor[]) => Result) =>
  (dy: Tensor, saved: Tensor[]): Result =>
    tidy(() => gradient(dy, saved));
