/** Any characters: what fast-check calls "binary", without its table of all of them, which takes seconds to make. */
import fc from 'fast-check';

const isWhole = (code: number): boolean => code < 0xd800 || code > 0xdfff;
export const anyText = fc.string({
  unit: fc
    .nat(0x10ffff)
    .filter(isWhole)
    .map((code) => String.fromCodePoint(code)),
});
