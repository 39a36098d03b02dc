/**
 * The house rules about the built script: it must read like the sources, top to bottom, and be a plain script.
 */
import { parseSync } from 'oxc-parser';
import { format, resolveConfig } from 'prettier';
import { fileOf, FLOORS } from './floors.ts';
import { markComments } from './keep-comments.ts';
import { literalsOf } from './keep-spelling.ts';
import { ROOT } from './paths.ts';
import { identifiersOf, type Source } from './sources.ts';

/** Parses as a script: no import, no export; `import()` is an expression and stays. */
export function scriptFaults(script: string): string[] {
  const { errors, program } = parseSync('worker.js', script, { sourceType: 'script' });
  const modules = program.body.filter((node) => /^(Import|Export)/.test(node.type)).map((node) => node.type);
  return [...errors.map((error) => error.message), ...modules];
}

/** Rooms in the order of their chapters. */
export function chaptersOf(script: string): string[] {
  return [...script.matchAll(/^\/\/ ---- (\S+\.ts) /gm)].map((hit) => hit[1] ?? '');
}

/** The chapters stand in the floors' order; rooms of types alone have none. */
export function chapterFaults(script: string): string[] {
  const order = FLOORS.flatMap((floor) => floor.files).map(fileOf);
  const places = chaptersOf(script).map((file) => order.indexOf(file));
  return chaptersOf(script).filter((_, at) => (places[at] ?? -1) < (places[at - 1] ?? 0));
}

/** Names in the script that no source has: esbuild has renamed something. */
export function renamedFaults(script: string, sources: readonly Source[]): string[] {
  const known = new Set(sources.flatMap((source) => [...identifiersOf(source.program)]));
  const body = script.slice(script.indexOf('\n// ---- '));
  const names = identifiersOf(parseSync('worker.js', body, { sourceType: 'script' }).program);
  return [...names].filter((name) => !known.has(name) && name !== 'undefined');
}

/** Comments of the sources that are not in the script, whatever their indentation there. */
export function lostComments(
  script: string,
  sources: readonly Source[],
  kept: ReadonlySet<string>,
): string[] {
  const plain = (text: string) => text.replaceAll(/\s+/g, ' ').trim();
  const all = plain(script);
  return sources.flatMap((source) => {
    // What the build marks is what it promises to keep; the rest are comments of types and imports.
    const marked = markComments(source.path, source.text, kept);
    if (marked === source.text) return [];
    const { comments } = parseSync(source.path, marked);
    return comments
      .filter(({ value }) => value.startsWith('!') && !value.startsWith('!~blank~'))
      .map(({ type, value }) => (type === 'Line' ? `//${value.slice(1)}` : `/**${value.slice(1)}*/`))
      .filter((text) => !all.includes(plain(text)))
      .map(
        (text) =>
          `${source.path} has a comment where esbuild keeps none, move it above its statement: ${text}`,
      );
  });
}

/** Lines that the formatter would write another way, and words to the formatter: a reader of the script has no use for them. */
export async function styleFaults(script: string): Promise<string[]> {
  const style = await resolveConfig(`${ROOT}/worker.ts`);
  const told = script.split('\n').filter((line) => line.includes('prettier-ignore'));
  const formatted = (await format(script, { ...style, parser: 'babel' })).split('\n');
  const first = script.split('\n').find((line, at) => line !== formatted[at]);
  return first === undefined ? told : [...told, first];
}

/** Numbers and templates that no source spells so. */
export function spellingFaults(script: string, sources: readonly Source[]): string[] {
  const known = new Set(sources.flatMap(({ program }) => literalsOf(program).map(({ raw }) => raw)));
  const body = script.slice(script.indexOf('\n// ---- '));
  const { program } = parseSync('worker.js', body, { sourceType: 'script' });
  return literalsOf(program).flatMap(({ raw }) => (known.has(raw) ? [] : [raw]));
}
