/**
 * The whole import: read, normalize, link, map. No file system or process access: text in, result out.
 */
import type { Config } from '../../lib/config/types.ts';
import { checkConfig } from '../../lib/config/settings.ts';
import { isDeclarative, isVersioned, readDeclaration } from './declarative.ts';
import { linkRows } from './link.ts';
import { mapState, type MapOptions } from './map.ts';
import { mergeOverlay } from './overlay.ts';
import { readPages } from './pages.ts';
import type { Environment } from './placeholders.ts';
import { createReport, type Locate, type Note } from './report.ts';
import { MOST_ROWS, newState, type ImportState } from './rows.ts';
import { readSource, type Reading, type SourceDocument, type SourceFile } from './source.ts';
import { unwrap } from './wrappers.ts';

export interface ImportOptions extends MapOptions {
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

interface FileDocument extends SourceDocument {
  readonly file: string;
}

/** Imports one file, or the files of a decK state. */
export function importKong(input: string | readonly SourceFile[], options: ImportOptions = {}): ImportResult {
  const files = typeof input === 'string' ? [{ name: 'the file', text: input }] : input;
  const isOne = files.length === 1;
  const filled = new Set<string>();
  const documents: FileDocument[] = [];
  const unreadable: string[] = [];
  for (const { name, text } of files) {
    const reading: Reading = { env: options.env ?? {}, filled, faults: [], others: [] };
    for (const document of readFile(text, reading)) documents.push({ ...document, file: name });
    for (const fault of reading.faults)
      unreadable.push(isOne && /^(line|must)/.test(fault) ? fault : `${name} ${fault}`);
  }
  if (unreadable.length > 0) return { config: null, faults: unreadable, notes: [] };
  const report = createReport(locateIn(documents, isOne));
  const state = newState(report, filled);
  readInto(state, documents);
  const config = report.faults.size > 0 ? null : convert(state, options);
  const faults = config === null || report.faults.size > 0 ? [...report.faults] : faultsOf(config);
  return { config: faults.length > 0 ? null : config, faults, notes: report.notes() };
}

function readFile(text: string, reading: Reading): SourceDocument[] {
  const found = readSource(text, reading).flatMap((document) => unwrap(document, reading));
  const { faults, others } = reading;
  if (found.length === 0 && faults.length === 0)
    faults.push(
      others.length > 0
        ? `holds Kubernetes resources (${[...new Set(others)].join(', ')}) and no Kong configuration`
        : 'must hold a Kong configuration, received nothing',
    );
  return found;
}

function locateIn(documents: readonly FileDocument[], isOne: boolean): Locate {
  return ([index, ...steps]) => {
    const document = documents[Number(index)];
    return {
      file: isOne ? null : (document?.file ?? null),
      line: steps.length > 0 ? (document?.placeOf(steps).line ?? 0) : 0,
    };
  };
}

/**
 * Errors in fields do not prevent validation across rows; a file that is not a declaration, or is too large, does.
 */
function readInto(state: ImportState, documents: readonly FileDocument[]): void {
  const { report } = state;
  for (const [index, { duplicates }] of documents.entries())
    for (const { key, line } of duplicates) {
      const text = 'the last one is used, as in Kong';
      report.at(index).note('check', text, 'duplicate keys', `${key} (line ${line})`);
    }
  const values = documents.map(({ value }) => value);
  const hasVersion = values.some(isVersioned);
  if ((hasVersion || values.length === 1) && values.every(isDeclarative)) {
    readDeclaration(values, state);
    if (state.count <= MOST_ROWS) linkRows(state);
    return;
  }
  if (hasVersion) report.fault('must hold one kind of configuration: parts of it are pages of the Admin API');
  readPages(values, state);
  if (report.faults.size === 0) linkRows(state);
}

function convert(state: ImportState, options: ImportOptions): Config {
  const { format, report } = state;
  if (format === '2018' && options.profile !== 'kong-2018') {
    const text = 'with --profile 2018 the gateway answers as Kong did then';
    report.note('check', text, 'pages of an old Admin API');
  }
  const config = mapState(state, options);
  return options.overlay === undefined ? config : mergeOverlay(config, options.overlay, report);
}

/** Errors with which the gateway would not start, reported now rather than at deployment. */
function faultsOf(config: Config): string[] {
  try {
    checkConfig(JSON.parse(JSON.stringify(config)));
    return [];
  } catch (error) {
    const [, ...faults] = (error as Error).message.split('\n  ');
    return faults.map((fault) => `the result: ${fault}`);
  }
}
