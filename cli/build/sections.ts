/**
 * The order of the script's sections: the files in FRONT first, then the folders.
 *
 * esbuild writes a file after all its imports, under a line `// lib/x.ts`. Functions are hoisted and constants are read
 * only once the last line of the script runs, so the sections before it may be in any order.
 */

/** The files that the tutorial explains, in its order. */
const FRONT = [
  'worker.ts',
  'lib/race.ts',
  'lib/forward.ts',
  'lib/cors.ts',
  'lib/version.ts',
  'lib/auth-cache.ts',
  // dist/shared.js begins with this.
  'lib/companion/shared.ts',
];

/** `code` is what esbuild wrote. */
export function inReadingOrder(code: string): string {
  const sections = code
    .split(/^(?=\/\/ (?:lib\/[\w/-]+|[\w-]+)\.ts$)/m)
    .filter((section) => section.trim() !== '');
  const placeOf = (section: string): number => {
    const place = FRONT.indexOf(section.slice(3, section.indexOf('\n')));
    return place < 0 ? FRONT.length : place;
  };
  return sections.toSorted((a, b) => placeOf(a) - placeOf(b)).join('\n');
}
