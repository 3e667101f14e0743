/** Labels and a number of frames go in, whether CTC can align them comes out. Without TF.js: the threads of the example loader ask it too. */

/** Whether labels have any path through that many frames: each takes one, and equal neighbours a blank between them. */
export function ctcFeasible(labels: ArrayLike<number>, frames: number): boolean {
  let needed = labels.length;
  for (let i = 1; i < labels.length; i++) if (labels[i] === labels[i - 1]) needed++;
  return needed <= frames;
}
