/** Splits a string into a list of words, without processing backslashes: an array of strings would take a line each. */
export function words(text: TemplateStringsArray, ...values: readonly string[]): string[] {
  return String.raw(text, ...values)
    .split(/[ \n]+/)
    .filter((word) => word !== '');
}
