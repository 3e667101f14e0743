/** A folder goes in, a run reported in it comes out: two epochs of made-up figures, without any training. */
import { characterTokens, encodeText, type TokenTable } from '@auricle/decoding';
import { checkTrainConfig, type Reference, startOfRun, type TrainEvent } from '@auricle/training';
import { RunReport } from '@auricle/training/report/run-report';
import { epochEvent, startEvent, stepEvent } from './records.js';

const MEL_BINS = 80;
const ENCODER_FRAMES = 25;

export interface Heard {
  source: string;
  said: string;
  heard: string;
}

export const runConfig = (settings: object = {}) =>
  checkTrainConfig({ name: 'made-up', epochs: 2, data: { train: ['t.jsonl'], dev: ['d.jsonl'] }, ...settings }, 'test');

/** A report of a run whose dev utterances are heard as given; `tokens` must spell them. */
export function openReport(
  folder: string,
  dev: readonly Heard[],
  {
    tokens = characterTokens(dev.flatMap(({ said, heard }) => [said, heard])),
    warnings = [] as TrainEvent[],
    progress = startOfRun(),
    step = 0,
  } = {},
) {
  const references = dev.map(({ source, said }): Reference => {
    const frames = 4 * ENCODER_FRAMES;
    const features = Float32Array.from({ length: frames * MEL_BINS }, (_, i) => -10 + 8 * Math.sin(i / 50));
    return { example: { features, frames, labels: encodeText(tokens, said) }, text: said, source };
  });
  const run = { config: runConfig(), tokens, progress, step, dev: references };
  const report = RunReport.open(folder, run, (event) => warnings.push(event));
  const evaluate = () => {
    const take = report.inspection();
    references.forEach((reference, i) => {
      const ids = encodeText(tokens, dev[i].heard);
      take({ reference, hypothesis: dev[i].heard, tokens: ids, logProbs: spikes(tokens, ids) });
    });
  };
  return { report, evaluate, warnings };
}

/** Each token has one frame of its own, in order. */
function spikes({ symbols, blankId }: TokenTable, ids: readonly number[]): Float32Array {
  const logProbs = new Float32Array(ENCODER_FRAMES * symbols.length).fill(-8);
  for (let frame = 0; frame < ENCODER_FRAMES; frame++) {
    const id = frame % 2 === 1 ? (ids[(frame - 1) / 2] ?? blankId) : blankId;
    logProbs[frame * symbols.length + id] = -0.05;
  }
  return logProbs;
}

/** Tells the report of a run of `steps` steps in two epochs, up to its end if there is no error. */
export function reportRun({ report, evaluate }: ReturnType<typeof openReport>, steps: number): void {
  report.add(startEvent({ steps, epochs: 2 }));
  for (let epoch = 0; epoch < 2; epoch++) {
    for (let batch = 1; batch <= steps / 2; batch++) {
      const step = epoch * (steps / 2) + batch;
      const figures = { loss: 4 / Math.sqrt(step), gradientNorm: 1 + (step % 5), learningRate: step / 1e5 };
      report.add(stepEvent({ epoch, step, batch, speed: 90 + (step % 20), ...figures }));
    }
    evaluate();
    report.add(epochEvent({ epoch: epoch + 1, step: (epoch + 1) * (steps / 2), wordErrorRate: 0.5 / (epoch + 1) }));
  }
}
