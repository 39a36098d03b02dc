/** The words of a text as a list, backslashes as they stand: where an array of strings would take a line for each. */
export function words(text: TemplateStringsArray, ...values: readonly string[]): string[] {
  return String.raw(text, ...values)
    .split(/[ \n]+/)
    .filter((word) => word !== '');
}
