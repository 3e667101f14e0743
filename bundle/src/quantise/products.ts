/** A graph goes in, its products with constant matrices come out: what quantisation is about. */
import { floatTensor, floatValues, type OnnxGraph, type OnnxModel, type OnnxNode, type OnnxTensor } from '../onnx.js';
import { removeUnused } from '../passes/graph-view.js';

/** y = input · weight (+ bias), for a `MatMul` or a `Gemm` whose factor stands in weight and bias. */
export interface Product {
  node: OnnxNode;
  /** of the activation */
  input: string;
  /** float32 [inputs, outputs] */
  weight: OnnxTensor;
  /** float32 [outputs] */
  bias?: OnnxTensor;
}

/** Smaller weights are not worth the conversion of their inputs. */
const SMALLEST = 1024;

const floatOf = ({ attributes }: OnnxNode, name: string) => {
  const attribute = attributes[name];
  return attribute && 'float' in attribute ? attribute.float : 1;
};
const isSet = ({ attributes }: OnnxNode, name: string) => {
  const attribute = attributes[name];
  return attribute !== undefined && 'int' in attribute && attribute.int !== 0;
};

/** In the order in which the network runs them. */
export function productsOf({ graph }: OnnxModel): Product[] {
  const constants = new Map(graph.initializers.map((constant) => [constant.name, constant]));
  return graph.nodes.flatMap((node): Product[] => {
    const [input, weightName, biasName] = node.inputs;
    const weight = constants.get(weightName);
    if (node.domain !== '' || weight?.type !== 'float32' || weight.dims.length !== 2) return [];
    if (weight.data.byteLength / 4 < SMALLEST || constants.has(input)) return [];
    if (node.op === 'MatMul') return [{ node, input, weight }];
    if (node.op !== 'Gemm' || isSet(node, 'transA') || isSet(node, 'transB')) return [];
    const bias = biasName === undefined ? undefined : constants.get(biasName);
    if (biasName !== undefined && (bias?.type !== 'float32' || bias.dims.length !== 1)) return [];
    const scaled = scaledBy(weight, floatOf(node, 'alpha'));
    return [{ node, input, weight: scaled, ...(bias && { bias: scaledBy(bias, floatOf(node, 'beta')) }) }];
  });
}

/** The same constant where the factor is 1. */
function scaledBy(constant: OnnxTensor, factor: number): OnnxTensor {
  if (factor === 1) return constant;
  return floatTensor(
    `${constant.name}*${factor}`,
    constant.dims,
    floatValues(constant).map((v) => v * factor),
  );
}

/** What stands for a product: nodes that make its output, and the constants that they read. */
export interface Replacement {
  nodes: OnnxNode[];
  constants: OnnxTensor[];
}

/** The model with some of its products replaced; constants and nodes of one name are taken once. */
export function replaceProducts(
  model: OnnxModel,
  products: readonly Product[],
  replace: (product: Product) => Replacement,
): OnnxModel {
  // By what they make: names may be missing in other programs' models.
  const replacements = new Map(products.map((product) => [product.node.outputs[0], replace(product)]));
  const constants = new Map(model.graph.initializers.map((constant) => [constant.name, constant]));
  const named = new Set<string>();
  const nodes = model.graph.nodes.flatMap((node) => {
    const replacement = replacements.get(node.outputs[0]);
    if (!replacement) return [node];
    for (const constant of replacement.constants) constants.set(constant.name, constant);
    return replacement.nodes.filter(({ name }) => !named.has(name) && named.add(name));
  });
  const graph: OnnxGraph = removeUnused({ ...model.graph, nodes, initializers: [...constants.values()] });
  return { ...model, graph };
}

export const node = (
  name: string,
  op: string,
  inputs: string[],
  output: string,
  attributes: OnnxNode['attributes'] = {},
  domain = '',
): OnnxNode => ({ name, op, domain, inputs, outputs: [output], attributes });
