export { NUMERALS, RULE_NAMES, type RuleName } from './english-rules.js';
export { parseReplacement, type Replacement, type WrittenFormOptions } from './options.js';
export * from './written-form.js';
