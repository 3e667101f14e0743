/** The text of an option goes in, its number comes out. */

/** What is no number becomes NaN, which the options' check refuses by name. */
export const numberOption = (value: string): number => (value.trim() === '' ? Number.NaN : Number(value));
