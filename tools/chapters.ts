/**
 * The script as chapters of a book: heads with the floors' names, the variables' own words, a blank line between functions, and at the
 * top of a build for one configuration what was left out.
 *
 * esbuild's output is text with a line `// lib/x.ts` above each file; everything here is about how that reads, nothing changes what it does.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { parseSync } from 'oxc-parser';
import { FLOORS, fileOf } from './floors.ts';
import { ROOT } from './paths.ts';
import { ROOMS } from './rooms.ts';
import type { Absence } from './rooms.ts';

const BRIEF = `${'// ---- What is left out '.padEnd(72, '-')}

/** In a line each, what the rest still calls of the rooms that are not here: they do nothing, or know the defaults alone. */
`;

/** Rooms of the floors' table that exist, in its order. */
export function presentRooms(): string[] {
  return FLOORS.flatMap((floor) => floor.files).filter((room) => existsSync(`${ROOT}/${fileOf(room)}`));
}

/** Rooms of which a line or two remain: they share the first chapter. */
export function briefRooms({ rooms }: Absence): string[] {
  return presentRooms().filter((room) => rooms.includes(room) && !ROOMS[room]?.file);
}

/** esbuild names each file in a line and makes every top-level variable a `var`: heads and `const` again. */
export function chapterHeads(text: string, absent: Absence): string {
  const lets = declaredWithLet();
  const floors = new Map(
    FLOORS.flatMap((floor, at) => floor.files.map((room) => [fileOf(room), `${at} ${floor.name}`])),
  );
  const brief = new Set(briefRooms(absent).map(fileOf));
  const standIns = new Map(absent.rooms.map((room) => [fileOf(room), ROOMS[room]?.file]));
  let inBrief = false;
  const head = (file: string) => {
    const standIn = standIns.get(file);
    const first = !inBrief;
    inBrief = brief.has(file);
    if (inBrief) return first ? `\n\n${BRIEF}` : '';
    // A build for a configuration is read for itself, without the house around it.
    const [floor, width] = absent.rooms.length > 0 ? ['', 0] : [` (floor ${floors.get(file) ?? '?'})`, 72];
    const title = standIn ? `${standIn} for ${file}` : file + floor;
    return `\n\n${`// ---- ${title} ----`.padEnd(width, '-')}\n`;
  };
  return airStatements(text)
    .replaceAll(/^var (\w+)/gm, (_, name: string) => `${lets.has(name) ? 'let' : 'const'} ${name}`)
    .replaceAll(/(?:^|\n)\n*\/\/ ((?:lib\/)?[\w-]+\.ts)$/gm, (_, file: string) => head(file));
}

/** Types stood between two statements that now touch: a blank line after each that ends with a brace. */
function airStatements(text: string): string {
  const ends = new Set(parseSync('chapters.js', text).program.body.map(({ end }) => end));
  return text.replaceAll(
    /^\}[;)]*\n(?=(?:async )?function |\/\*\*|const |let |var )/gm,
    (line, at: number) => (ends.has(at + line.length - 1) ? `${line}\n` : line),
  );
}

function declaredWithLet(): Set<string> {
  const files = ['worker.ts', ...readdirSync(`${ROOT}/lib`).map((file) => `lib/${file}`)];
  const sources = files.map((file) => readFileSync(`${ROOT}/${file}`, 'utf8'));
  return new Set(
    sources.flatMap((text) => [...text.matchAll(/^(?:export )?let (\w+)/gm)].map((hit) => hit[1] ?? '')),
  );
}

/** Chapters of which nothing is left have no head. */
export function dropEmptyChapters(text: string): string {
  return text
    .split(/^(?=\/\/ (?:lib\/)?[\w-]+\.ts$)/m)
    .filter((part) => parseSync('chapter.js', part).program.body.length > 0)
    .join('');
}

/** Prettier gives each text of the list of what is left out a line of its own. */
export function fillList(script: string): string {
  return script.replace(/(?<=^const LEFT_OUT = \[\n)[^\]]+(?=\n\])/m, (list) =>
    (list.replaceAll(/\s+/g, ' ').match(/.{1,105}(?:\s|$)/g) ?? [])
      .map((line) => `  ${line.trim()}`)
      .join('\n'),
  );
}

/** At the top: rooms that are missing, and how to have them again. */
export function missingNote({ rooms }: Absence): string {
  if (rooms.length === 0) return '';
  // Rooms that check settings go with those that the settings lead into.
  const named = rooms.filter((room) => !/^check|^left-out$/.test(room));
  const lines = [
    `Left out, since the configuration below never enters them: ${named.join(', ')}.`,
    'Settings that need one of them are refused at start-up: npm run build -- --config FILE puts it in again.',
    'A binding GATEWAY_CONFIG counts where it is a global: in the service-worker format.',
  ];
  return `${lines
    .flatMap((line) => line.match(/.{1,117}(?:\s|$)/g) ?? [])
    .map((line) => `// ${line.trim()}`)
    .join('\n')}\n`;
}
