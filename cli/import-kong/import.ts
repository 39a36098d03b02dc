/** The whole way of a file: read, bring to one shape, link, map. No file system and no process here: text in, result out. */
import { type Config } from '../../lib/config/types.ts';
import { checkConfig } from '../../lib/config/settings.ts';
import { isDeclarative, readDeclaration } from './declarative.ts';
import { linkRows } from './link.ts';
import { mapBook } from './map.ts';
import { readPages } from './pages.ts';
import { readSource } from './read.ts';
import { createReport } from './report.ts';

export interface ImportOptions {
  readonly profile?: 'kong-3' | 'kong-2018';
  readonly flavor?: 'traditional' | 'traditional_compatible' | null;
  readonly conf?: Readonly<Record<string, unknown>>;
  /** Where decK's placeholders find their values. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface ImportResult {
  /** Null where there are faults. */
  readonly config: Config | null;
  /** What makes the file no valid Kong configuration. */
  readonly faults: readonly string[];
  /** What is not carried over. */
  readonly notes: readonly string[];
}

export function importKong(text: string, options: ImportOptions = {}): ImportResult {
  const source = readSource(text, options.env ?? {});
  const report = createReport(source.lineOf);
  if (source.errors.length > 0) {
    const faults = source.errors.map(({ line, text: reason }) => `line ${line}: ${reason}`);
    return { config: null, faults, notes: [] };
  }
  for (const { at, variable } of source.missing)
    report.note(at, `the environment has no ${variable}: the text stands as it is`);
  const [first] = source.documents;
  const declared =
    source.documents.length === 1 && isDeclarative(first) ? readDeclaration(first, report) : null;
  const several = source.documents.length > 1 && source.documents.some(isVersioned);
  if (several)
    report.fault([], 'must hold one document: join the parts of a declarative configuration first');
  const book = declared ? declared.book : readPages(source.documents, report);
  if (report.faults.length === 0 || declared) linkRows(book, report);
  if (report.faults.length > 0) return { config: null, faults: report.faults, notes: [] };
  const conf = { ...declared?.conf, ...options.conf };
  const profile = options.profile ?? 'kong-3';
  if (book.format === '2018' && profile !== 'kong-2018')
    report.note([], 'pages of an old Admin API: with --profile 2018 the gateway answers as Kong did then');
  const config = mapBook(book, { profile, flavor: options.flavor ?? null, conf }, report);
  const refused = faultsOf(config);
  return refused.length > 0
    ? { config: null, faults: refused, notes: report.notes }
    : { config, faults: [], notes: report.notes };
}

function isVersioned(document: unknown): boolean {
  return typeof document === 'object' && document !== null && '_format_version' in document;
}

/** What this gateway would refuse to start with: better said now than at the deployment. */
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
