/**
 * The whole import: read, normalize, link, map. No file system or process access: text in, result out.
 */
import type { Config } from '../../lib/config/types.ts';
import { checkConfig } from '../../lib/config/settings.ts';
import { isDeclarative, isVersioned, readDeclaration, type Declaration } from './declarative.ts';
import { linkRows } from './link.ts';
import { mapBook, type MapOptions } from './map.ts';
import { mergeOverlay } from './overlay.ts';
import { readPages } from './pages.ts';
import type { Environment } from './placeholders.ts';
import { createReport, type Locate, type Note, type Report } from './report.ts';
import { MOST_ROWS, newGathering } from './rows.ts';
import { readSource, type SourceDocument, type SourceFile } from './source.ts';
import { unwrap } from './wrappers.ts';

export interface ImportOptions extends Partial<MapOptions> {
  /** Values for decK's placeholders. */
  readonly env?: Environment;
  /** Manual additions, merged into the result; see overlay.ts. */
  readonly overlay?: unknown;
}

export interface ImportResult {
  /** Null if there are errors. */
  readonly config: Config | null;
  /** Why the file is not a Kong configuration that can be imported. */
  readonly faults: readonly string[];
  /** What is open, closed or lost in comparison with Kong, and what should be reviewed. */
  readonly notes: readonly Note[];
}

/** Imports one text, or the files of a decK state. */
export function importKong(input: string | readonly SourceFile[], options: ImportOptions = {}): ImportResult {
  const files = typeof input === 'string' ? [{ name: 'the file', text: input }] : input;
  const { documents, faults } = readFiles(files, options.env ?? {});
  if (faults.length > 0) return { config: null, faults, notes: [] };
  const report = createReport(locateIn(documents, files.length > 1));
  const config = convert(documents, options, report);
  if (config === null || report.faults.length > 0)
    return { config: null, faults: report.faults, notes: report.notes() };
  const refused = faultsOf(config);
  return refused.length > 0
    ? { config: null, faults: refused, notes: report.notes() }
    : { config, faults: [], notes: report.notes() };
}

interface FileDocument extends SourceDocument {
  readonly file: string;
}

function readFiles(
  files: readonly SourceFile[],
  env: Environment,
): { documents: FileDocument[]; faults: string[] } {
  const documents: FileDocument[] = [];
  const faults: string[] = [];
  for (const { name, text } of files) {
    const source = readSource(text, env);
    const parts = source.documents.map((document) => unwrap(document, env));
    const found = parts.flatMap((part) => part.documents);
    const others = parts.flatMap((part) => part.others);
    const own = [...source.faults, ...parts.flatMap((part) => part.faults)];
    if (found.length === 0 && own.length === 0)
      own.push(
        others.length > 0
          ? `holds Kubernetes resources (${[...new Set(others)].join(', ')}) and no Kong configuration`
          : 'must hold a Kong configuration, received nothing',
      );
    documents.push(...found.map((document) => ({ ...document, file: name })));
    faults.push(
      ...own.map((fault) => (files.length > 1 || !/^(line|must)/.test(fault) ? `${name} ${fault}` : fault)),
    );
  }
  return { documents, faults };
}

function locateIn(documents: readonly FileDocument[], many: boolean): Locate {
  return (at) => {
    const document = documents[Number(at[0])];
    return {
      file: many ? (document?.file ?? null) : null,
      line: at.length > 1 ? (document?.lineOf(at) ?? 0) : 0,
    };
  };
}

function convert(documents: readonly FileDocument[], options: ImportOptions, report: Report): Config | null {
  for (const [index, { twice }] of documents.entries())
    for (const { key, line } of twice)
      report.note({
        effect: 'check',
        at: [index],
        subject: 'equal keys',
        whom: `${key} (line ${line})`,
        text: 'of two in one object the last counts, as Kong reads them',
      });
  const declared = gather(documents, report);
  if (declared.isLinkable) linkRows(declared.book, report);
  if (report.faults.length > 0) return null;
  const profile = options.profile ?? 'kong-3';
  if (declared.book.format === '2018' && profile !== 'kong-2018')
    report.note({
      effect: 'check',
      at: [],
      subject: 'pages of an old Admin API',
      text: 'with --profile 2018 the gateway answers as Kong did then',
    });
  const { flavor = null, harmless = new Set(), hosts = new Map() } = options;
  const conf = { ...declared.conf, ...options.conf };
  const config = mapBook(declared.book, { profile, flavor, conf, harmless, hosts }, report);
  return options.overlay === undefined ? config : mergeOverlay(config, options.overlay, report);
}

/**
 * Errors in fields do not stop the search for errors between rows; a file that is not a declaration, or is too large,
 * does.
 */
function gather(documents: readonly FileDocument[], report: Report): Declaration & { isLinkable: boolean } {
  const values = documents.map(({ value }) => value);
  const filled = new Set(documents.flatMap((document) => [...document.filled]));
  const isOne = values.length === 1 || values.some(isVersioned);
  if (isOne && values.every(isDeclarative)) {
    const into = newGathering(report, filled, false);
    return { ...readDeclaration(values, into), isLinkable: into.count <= MOST_ROWS };
  }
  if (values.some(isVersioned))
    report.fault([], 'must hold one kind of configuration: parts of it are pages of the Admin API');
  const book = readPages(values, newGathering(report, filled, true));
  return { book, conf: {}, isLinkable: report.faults.length === 0 };
}

/** Errors with which the gateway would refuse to start: better reported now than at deployment. */
function faultsOf(config: Config): string[] {
  try {
    checkConfig(JSON.parse(JSON.stringify(config)));
    return [];
  } catch (error) {
    return (error as Error).message
      .split('\n  ')
      .slice(1)
      .map((fault) => `the result: ${fault}`);
  }
}
