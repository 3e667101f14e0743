export * from './float16.js';
export * from './int8.js';
export * from './integer-blocks.js';
export { FULL_RANGE, integerColumns, REDUCED_RANGE } from './integer-columns.js';
export { type Product, productsOf } from './products.js';
