/** A code and its details go in, a coded error comes out; this room imports nothing, so its error stands beside `AuricleError`. */

const MESSAGES = {
  AUR_DECODING_TOKENS: 'tokens line {line}: {reason}',
  AUR_DECODING_UNKNOWN_SYMBOL: '"{symbol}" in "{text}" is not in the vocabulary',
  AUR_DECODING_SHAPE: 'log-probs hold {seen} values: expected {frames} frames of {vocabulary} tokens',
  AUR_DECODING_NAN: 'log-probs hold a NaN at frame {frame}, token {token}',
  AUR_DECODING_NO_WORDS: 'a vocabulary of no words: the texts hold none',
  AUR_DECODING_VOCABULARY_SIZE: 'size {size}: expected at least {least}, for the texts have {characters} characters',
  AUR_DECODING_REFERENCES:
    '{id}: the reference of the first system is "{first}", of the second "{second}": expected the same',
  AUR_DECODING_NOT_SHARED: 'the systems share no utterance: the first has {first}, the second {second}',
  AUR_DECODING_OPTION: '{path}: seen {seen}, expected {expected}',
  AUR_DECODING_FILE: '{path}: {reason}',
  AUR_DECODING_ARPA: 'ARPA line {line}: {reason}',
  AUR_DECODING_LM_FILE: 'this is no language model: {reason}',
  AUR_DECODING_LM_NGRAM: 'n-gram "{ngram}" {reason}',
  AUR_DECODING_LM_VOCABULARY:
    'none of the {words} words can be written with the tokens, for example "{example}": expected words of the same letters and case',
  AUR_DECODING_LEXICON: 'lexicon line {line}: {reason}',
  AUR_DECODING_PRONUNCIATION: 'the lexicon has no word "{word}"',
  AUR_DECODING_LM_TEXT: 'the text {reason}',
  AUR_DECODING_HOTWORDS_GREEDY:
    'the stream decodes greedily: expected a beam, or hotwords when it was opened, so that they can be changed',
  AUR_DECODING_ALIGN_LENGTH:
    '{frames} frames are too few for a text of {tokens} tokens: expected at least {least}, does the text belong to this recording?',
  AUR_DECODING_PRIORS:
    'priors of tokens: seen {seen}, expected {vocabulary} log-probs of at most 0, one a token with the blank; `auricle lm priors` measures them',
  AUR_DECODING_HOTWORD: 'hotword "{phrase}": {reason}',
} as const;

export type DecodingErrorCode = keyof typeof MESSAGES;

/** An error that callers tell apart by its stable `code`. */
export class DecodingError extends Error {
  override readonly name = 'DecodingError';
  constructor(
    readonly code: DecodingErrorCode,
    details: Record<string, string | number>,
  ) {
    super(MESSAGES[code].replace(/\{(\w+)\}/g, (_, key: string) => String(details[key])));
  }
}
