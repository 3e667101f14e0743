/** TF.js operators go in, nodes on a tape come out: a TF.js backend that records instead of computing. */
import type { OnnxAttribute } from '@auricle/bundle/onnx';
import type { DataId, DataType, Tensor, TensorInfo } from '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import { trainingError } from '../errors.js';
import { Tape, type TapeOptions, type TracedValue, type TraceType } from './tape.js';

export const TRACING_BACKEND = 'auricle-onnx';

/** Uniform constants longer than this become an `Expand` of a scalar: the ones in the gradient of a mean would
 *  otherwise fill the graph with hundreds of megabytes. */
const LONGEST_LITERAL = 64;

class TracingBackend extends tf.KernelBackend {
  tape = new Tape();
  private readonly values = new WeakMap<DataId, TracedValue>();

  override memory() {
    return { unreliable: true, numDataBuffers: 0, numTensors: 0, numBytes: 0, reasons: ['symbolic values only'] };
  }
  override numDataIds() {
    return 0;
  }
  override refCount() {
    return 1;
  }
  override incRef() {}
  override disposeData() {
    return true;
  }
  override timerAvailable() {
    return false;
  }
  override floatPrecision(): 16 | 32 {
    return 32;
  }
  override epsilon() {
    return 1e-7;
  }

  override write(values: tf.BackendValues, shape: number[], type: DataType): DataId {
    const dataId = {};
    this.move(dataId, values, shape, type);
    return dataId;
  }
  override move(dataId: DataId, values: tf.BackendValues, shape: number[], type: DataType) {
    this.values.set(dataId, this.literal(values as ArrayLike<number>, shape, traceType(type)));
  }
  private literal(values: ArrayLike<number>, shape: number[], type: TraceType): TracedValue {
    const { tape } = this;
    if (values.length > LONGEST_LITERAL && Array.prototype.every.call(values, (v) => v === values[0]))
      return tape.emit('Expand', [tape.scalar(values[0], type), tape.indices(shape)], shape, type);
    return { name: tape.freshName('constant'), shape, type, values };
  }

  override readSync(dataId: DataId): tf.backend_util.TypedArray {
    const value = this.values.get(dataId);
    if (!value?.values) throw trainingError('AUR_TRACE_READ', { name: value?.name });
    return value.values as tf.backend_util.TypedArray;
  }
  override async read(dataId: DataId) {
    return this.readSync(dataId);
  }

  /** The traced value behind a TF.js tensor. */
  traced(tensor: TensorInfo): TracedValue {
    return this.values.get(tensor.dataId as DataId)!;
  }

  /** A TF.js tensor that stands for a traced value. */
  tensorInfo(value: TracedValue): TensorInfo {
    const dataId = {};
    this.values.set(dataId, value);
    return { dataId, shape: value.shape, dtype: value.type as DataType };
  }
}

const traceType = (type: DataType): TraceType => {
  if (type === 'float32' || type === 'int32' || type === 'bool') return type;
  throw trainingError('AUR_TRACE_TYPE', { type });
};

const backend = new TracingBackend();
tf.registerBackend(TRACING_BACKEND, () => backend, 0);

export const currentTape = () => backend.tape;

/** Name under which a node reads a TF.js tensor; constants enter the graph here, at first use. */
export function nameOf(tensor: TensorInfo): string {
  const value = backend.traced(tensor);
  return value.values ? backend.tape.constant(value) : value.name;
}

/** Emits one node of TF.js tensors (or names of constants) and returns its output as a TF.js tensor. */
export function emit(
  op: string,
  inputs: (TensorInfo | string)[],
  shape: number[],
  type: DataType,
  attributes: Record<string, OnnxAttribute> = {},
  domain = '',
): TensorInfo {
  const names = inputs.map((i) => (typeof i === 'string' ? i : nameOf(i)));
  return backend.tensorInfo(backend.tape.emit(op, names, shape, traceType(type), attributes, domain));
}

/** Emits a node of several outputs. */
export function emitMany(
  op: string,
  inputs: (TensorInfo | string)[],
  outputs: { shape: number[]; type: TraceType }[],
  attributes: Record<string, OnnxAttribute> = {},
  domain = '',
): TensorInfo[] {
  const names = inputs.map((i) => (typeof i === 'string' ? i : nameOf(i)));
  return backend.tape.emitMany(op, names, outputs, attributes, domain).map((v) => backend.tensorInfo(v));
}

/** Another tensor for the same traced value, as TF.js's Identity asks for. */
export const alias = (tensor: TensorInfo): TensorInfo => backend.tensorInfo(backend.traced(tensor));

/** Runs `body` with TF.js on the tracing backend and a fresh tape. Synchronous: TF.js's current backend is global. */
export function onTape<T>(body: (tape: Tape) => T, options?: TapeOptions): T {
  const before = tf.getBackend();
  backend.tape = new Tape(options);
  tf.setBackend(TRACING_BACKEND);
  try {
    return body(backend.tape);
  } finally {
    if (before) tf.setBackend(before);
  }
}

/** A TF.js tensor for a graph input. */
export function inputTensor(name: string, shape: number[], type: 'float32' | 'int32' | 'bool'): Tensor {
  return asTensor(backend.tensorInfo(backend.tape.input(name, shape, type)));
}

export function asTensor(info: TensorInfo): Tensor {
  return tf.engine().makeTensorFromTensorInfo(info, backend);
}

/** A constant that keeps its name and all its values in the graph. */
export function namedConstant(name: string, values: Float32Array, shape: number[]): Tensor {
  return asTensor(backend.tensorInfo({ name, shape, type: 'float32', values }));
}

export const tracedValue = (tensor: TensorInfo): TracedValue => backend.traced(tensor);
