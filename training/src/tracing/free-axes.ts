/** Traces of one function at several batch sizes and lengths go in, one graph in which both are free comes out. */
import { int64Tensor, type OnnxModel, type OnnxNode, type OnnxTensor } from '@auricle/bundle/onnx';
import { trainingError } from '../errors.js';

/** Names of the values, int64 [1], that hold the two sizes. Whoever completes the graph makes them. */
export interface SizeValues {
  batch: string;
  length: string;
}

/** Of the traces that coefficients are solved from; the last one must agree with them. */
const BATCHES = [2, 3];
const LENGTHS = [40, 56];
const PROOF: [batch: number, length: number] = [5, 72];

/** What a size is made of: a whole number, the batch size, the length, and both multiplied. */
type Coefficients = [one: number, batch: number, length: number, product: number];

/** Shape constants that differ between the traces are computed by the graph from the two sizes. Each of their numbers is a sum of the sizes, their
 *  product and 1 with whole coefficients.
 *  @param traceAt traces the function at a batch size and a length
 *  @returns the graph, whose inputs and outputs have the sizes of the first trace still
 *  @throws AUR_TRACE_BATCH when a size entered in another way */
export function traceFreeAxes(traceAt: (batch: number, length: number) => OnnxModel, sizes: SizeValues): OnnxModel {
  const traces = LENGTHS.flatMap((length) => BATCHES.map((batch) => traceAt(batch, length)));
  traces.push(traceAt(...PROOF));
  const [first] = traces;
  if (traces.some(({ graph }) => graph.nodes.length !== first.graph.nodes.length))
    throw trainingError('AUR_TRACE_BATCH', { node: 'the number of nodes' });
  const tables = traces.map(({ graph }) => new Map(graph.initializers.map((c) => [c.name, c])));
  const constants = new Map(tables[0]);
  const computed = new Map<string, OnnxNode[]>();
  const nodes = first.graph.nodes.map((node, i): OnnxNode => {
    const inputs = node.inputs.map((input, at) => {
      const found = tables.map((table, trace) => table.get(traces[trace].graph.nodes[i].inputs[at]));
      const [mine] = found;
      if (!mine || found.every((other) => other && Buffer.compare(mine.data, other.data) === 0)) return input;
      const coefficients = coefficientsOf(found, node.name);
      const name = sizeName(coefficients);
      if (node.op === 'Reshape' && coefficients.filter(isFree).length === 1) {
        const inferred = coefficients.map((c) => (isFree(c) ? -1 : c[0]));
        const shape = int64Tensor(`i64[${inferred}]`, [inferred.length], inferred);
        constants.set(shape.name, shape);
        return shape.name;
      }
      if (!computed.has(name)) computed.set(name, sizeNodes(name, coefficients, sizes, constants));
      return name;
    });
    return { ...node, inputs };
  });
  const all = [...[...computed.values()].flat(), ...nodes];
  const used = new Set(all.flatMap((n) => n.inputs));
  const initializers = [...constants.values()].filter((c) => used.has(c.name));
  return { ...first, graph: { ...first.graph, nodes: all, initializers } };
}

const isFree = ([, ...others]: Coefficients) => others.some((c) => c !== 0);

/** For each number of the constant. */
function coefficientsOf(found: readonly (OnnxTensor | undefined)[], node: string): Coefficients[] {
  const refuse = () => trainingError('AUR_TRACE_BATCH', { node });
  const values = found.map((constant) => {
    if (constant?.type !== 'int64') throw refuse();
    return Array.from(new BigInt64Array(new Uint8Array(constant.data).buffer), Number);
  });
  const [[two, three], [short, long]] = [BATCHES, LENGTHS];
  return values[0].map((_, i) => {
    // In the order in which they were traced.
    const [atTwoShort, atThreeShort, atTwoLong, atThreeLong, proof] = values.map((numbers) => numbers[i]);
    const byBatch = [(atThreeShort - atTwoShort) / (three - two), (atThreeLong - atTwoLong) / (three - two)];
    const product = (byBatch[1] - byBatch[0]) / (long - short);
    const batch = byBatch[0] - product * short;
    const length = (atTwoLong - atTwoShort) / (long - short) - product * two;
    const one = atTwoShort - two * batch - short * length - two * short * product;
    const [b, l] = PROOF;
    const coefficients: Coefficients = [one, batch, length, product];
    const isWhole = coefficients.every(Number.isInteger) && one + b * batch + l * length + b * l * product === proof;
    if (!isWhole) throw refuse();
    return coefficients;
  });
}

/** `size[N,4L,80]` */
function sizeName(coefficients: readonly Coefficients[]): string {
  const terms = (c: Coefficients) =>
    ['', 'N', 'L', 'NL'].flatMap((name, i) => (c[i] === 0 ? [] : [`${c[i] === 1 && name ? '' : c[i]}${name}`]));
  return `size[${coefficients.map((c) => terms(c).join('+') || '0')}]`;
}

/** A sum of products; the constants that it reads are added to the graph's. */
function sizeNodes(
  name: string,
  coefficients: readonly Coefficients[],
  sizes: SizeValues,
  constants: Map<string, OnnxTensor>,
): OnnxNode[] {
  const made: OnnxNode[] = [];
  const make = (op: string, inputs: string[], output: string) => {
    made.push({ name: output, op, domain: '', inputs, outputs: [output], attributes: {} });
    return output;
  };
  const column = (i: number) => {
    const values = coefficients.map((c) => c[i]);
    const constant = int64Tensor(`i64[${values}]`, [values.length], values);
    constants.set(constant.name, constant);
    return constant.name;
  };
  const has = (i: number) => coefficients.some((c) => c[i] !== 0);
  const terms: string[] = [];
  if (has(3)) {
    const byBatch = make('Mul', [column(3), sizes.batch], `${name}/rows`);
    terms.push(make('Mul', [byBatch, sizes.length], `${name}/product`));
  }
  if (has(2)) terms.push(make('Mul', [column(2), sizes.length], `${name}/length`));
  if (has(1)) terms.push(make('Mul', [column(1), sizes.batch], `${name}/batch`));
  if (has(0)) terms.push(column(0));
  terms.reduce((sum, term, i) => make('Add', [sum, term], `${name}/sum${i}`));
  // What was made last is the size itself.
  return [...made.slice(0, -1), { ...made[made.length - 1], name, outputs: [name] }];
}
