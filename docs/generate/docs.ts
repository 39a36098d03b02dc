/**
 * `npm run docs`: writes what can be derived, so that it can't drift: docs/configuration.md from the comments of
 * lib/config/types.ts, and into the README the comparison with others. A test compares all of it.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { format } from 'prettier';
import { Project, SyntaxKind } from 'ts-morph';
import type { InterfaceDeclaration, JSDocableNode, PropertySignature } from 'ts-morph';
import { ROOT } from '../../cli/build/build.ts';
import { comparisonTable } from './comparison.ts';

/** The manual of every setting, as Markdown. */
export async function configurationManual(): Promise<string> {
  const interfaces = writtenInterfaces();
  const places = placesOf(interfaces);
  const source = interfaces[0]?.getSourceFile();
  const border = source?.getInterfaceOrThrow('Settings').getStart() ?? 0;
  const names = source?.getTypeAliases().filter((one) => one.getStart() < border) ?? [];
  const parts = [
    '# Configuration',
    'Made from the comments in `lib/config/types.ts` by `npm run docs`; edit them there.',
    'One object: the literal `CONFIG` at the top of the script, or a binding named `GATEWAY_CONFIG` (a JSON object, or JSON text), which replaces it whole. An unknown key, a wrong type or an impossible value stops the script from starting, with every fault listed at once; names of pools are looked up once all else is right. `npm run check-config -- FILE` says the faults, or the plan.',
    ...interfaces.map((one) => section(one, places)),
    '## Words used above',
    names.map((one) => `- \`${one.getName()}\`: ${code(one.getTypeNodeOrThrow().getText(), '|')}`).join('\n'),
  ];
  return format(parts.join('\n\n'), { parser: 'markdown' });
}

/** Where each record stands: `Pool` at `pools.NAME`, `Auth` at `auth` and `routes[].auth`. */
function placesOf(interfaces: readonly InterfaceDeclaration[]): Map<string, string[]> {
  const places = new Map<string, string[]>([['Config', ['']]]);
  for (const one of interfaces) {
    for (const property of one.getProperties()) {
      const type = property.getTypeNodeOrThrow().getText();
      const [, name = ''] = /\b(?!Record\b)([A-Z]\w+)\b/.exec(type) ?? [];
      if (!interfaces.some((other) => other.getName() === name)) continue;
      const suffix = type.includes('Record<') ? '.NAME' : type.includes('[]') ? '[]' : '';
      const own = (places.get(one.getName()) ?? []).map(
        (place) => `${place && `${place}.`}${property.getName()}${suffix}`,
      );
      places.set(name, [...(places.get(name) ?? []), ...own]);
    }
  }
  return places;
}

function section(one: InterfaceDeclaration, places: Map<string, string[]>): string {
  const where = places.get(one.getName()) ?? [];
  const title = where.length === 1 && where[0] === '' ? 'The whole' : one.getName();
  const stands = where.filter((place) => place !== '').map((place) => `\`${place}\``);
  return [
    `## ${title}`,
    ...(stands.length > 0 ? [`Stands at ${stands.join(', ')}.`] : []),
    title === 'The whole' ? '' : commentOf(one),
    '| setting | type | meaning |\n| --- | --- | --- |',
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n', one.getProperties().map(row).join('\n'));
}

function row(property: PropertySignature): string {
  const name = `\`${property.getName()}\`${property.hasQuestionToken() ? '' : ' (required)'}`;
  return `| ${name} | ${code(property.getTypeNodeOrThrow().getText())} | ${commentOf(property).replaceAll('|', '\\|')} |`;
}

/** A type as code; in a table its bars are escaped. */
function code(text: string, bar = '\\|'): string {
  return `\`${text
    .replaceAll(/\/\*\*[\s\S]*?\*\//g, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replace(/^\| /, '')
    .replaceAll('|', bar)}\``;
}

function commentOf(node: JSDocableNode): string {
  return node
    .getJsDocs()
    .map((doc) => doc.getDescription().replaceAll(/\s+/g, ' ').trim())
    .join(' ');
}

/** Settings without a word of explanation. */
export function silentSettings(): string[] {
  return writtenInterfaces().flatMap((one) =>
    one
      .getProperties()
      .flatMap((property) => (commentOf(property) === '' ? [`${one.getName()}.${property.getName()}`] : [])),
  );
}

/** Every setting: `Pool.hedge`, and what a record written in place holds: `Pool.hedge.afterMs`. */
export function settingNames(): string[] {
  return writtenInterfaces().flatMap((one) =>
    one.getProperties().flatMap((property) => {
      const name = `${one.getName()}.${property.getName()}`;
      const inner = property.getTypeNodeOrThrow().getDescendantsOfKind(SyntaxKind.PropertySignature);
      // What a choice between words or records holds is one setting: `by: 'ip' | { header }`.
      const choice = /\| \{|\} \|(?! false$)/.test(
        property.getTypeNodeOrThrow().getText().replaceAll(/\s+/g, ' '),
      );
      return [name, ...(choice ? [] : inner.map((part) => `${name}.${part.getName()}`))];
    }),
  );
}

/** The part of lib/config/types.ts that a person writes. */
function writtenInterfaces(): InterfaceDeclaration[] {
  const project = new Project({ skipAddingFilesFromTsConfig: true });
  const source = project.addSourceFileAtPath(`${ROOT}/lib/config/types.ts`);
  const border = source.getInterfaceOrThrow('Settings').getStart();
  return source.getInterfaces().filter((one) => one.getStart() < border);
}

/** A text with what stands between `<!-- NAME -->` and `<!-- /NAME -->` replaced. */
export function between(text: string, name: string, content: string): string {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [start, end] = [text.indexOf(open), text.indexOf(close)];
  if (start < 0 || end < start)
    throw new Error(`Cannot write into the text: it must hold ${open} and ${close}`);
  return `${text.slice(0, start + open.length)}\n\n${content}\n\n${text.slice(end)}`;
}

/** The README with its derived parts as they are now. */
export async function freshReadme(): Promise<string> {
  const readme = readFileSync(`${ROOT}/README.md`, 'utf8');
  return between(readme, 'comparison', await comparisonTable());
}

if (process.argv[1]?.endsWith('docs.ts')) {
  mkdirSync(`${ROOT}/docs`, { recursive: true });
  writeFileSync(`${ROOT}/docs/configuration.md`, await configurationManual());
  writeFileSync(`${ROOT}/README.md`, await freshReadme());
  console.log('docs/configuration.md, and in README.md the comparison, are current');
}
