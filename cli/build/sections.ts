/**
 * The order in which the script is read: the front door first, then the files that it names, then the folders.
 *
 * esbuild writes a file after all that it imports, under a line `// lib/x.ts`. Functions are hoisted and constants are only read once the last
 * line of the script runs, so the sections may stand in any order before it.
 */

/** What a reader of the tutorial looks for, in the tutorial's order. */
const FRONT = [
  'worker.ts',
  'lib/race.ts',
  'lib/forward.ts',
  'lib/cors.ts',
  'lib/version.ts',
  'lib/auth-cache.ts',
  // What dist/shared.js begins with.
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
