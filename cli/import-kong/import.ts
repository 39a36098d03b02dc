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
import { createReport, type Locate, type Note, type WholeReport } from './report.ts';
import { MOST_ROWS, newState, type ImportState } from './rows.ts';
import { readSource, type SourceDocument, type SourceFile } from './source.ts';
import { joinAll, unwrap } from './wrappers.ts';

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

/** Imports one file, or the files of a decK state. */
export function importKong(input: string | readonly SourceFile[], options: ImportOptions = {}): ImportResult {
  const files = typeof input === 'string' ? [{ name: 'the file', text: input }] : input;
  const { documents, faults } = readFiles(files, options.env ?? {});
  if (faults.length > 0) return { config: null, faults, notes: [] };
  const report = createReport(locateIn(documents, files.length > 1));
  const config = convert(documents, options, report);
  const found = config === null || report.faults.size > 0 ? [...report.faults] : faultsOf(config);
  return { config: found.length > 0 ? null : config, faults: found, notes: report.notes() };
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
    const found = joinAll(source.documents.map((document) => unwrap(document, env)));
    const own = [...source.faults, ...found.faults];
    if (found.documents.length === 0 && own.length === 0)
      own.push(
        found.others.length > 0
          ? `holds Kubernetes resources (${[...new Set(found.others)].join(', ')}) and no Kong configuration`
          : 'must hold a Kong configuration, received nothing',
      );
    documents.push(...found.documents.map((document) => ({ ...document, file: name })));
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
      line: at.length > 1 ? (document?.placeOf(at).line ?? 0) : 0,
    };
  };
}

function convert(
  documents: readonly FileDocument[],
  options: ImportOptions,
  report: WholeReport,
): Config | null {
  for (const [index, { duplicates }] of documents.entries())
    for (const { key, line } of duplicates) {
      const text = 'the last one is used, as in Kong';
      report.at(index).note('check', text, 'duplicate keys', `${key} (line ${line})`);
    }
  const state = readState(documents, report);
  if (report.faults.size > 0) return null;
  const { profile = 'kong-3', flavor = null, harmless = new Set(), hosts = new Map() } = options;
  if (state.format === '2018' && profile !== 'kong-2018') {
    const text = 'with --profile 2018 the gateway answers as Kong did then';
    report.note('check', text, 'pages of an old Admin API');
  }
  const conf = { ...state.conf, ...options.conf };
  const config = mapState(state, { profile, flavor, conf, harmless, hosts });
  return options.overlay === undefined ? config : mergeOverlay(config, options.overlay, report);
}

/**
 * Errors in fields do not prevent validation across rows; a file that is not a declaration, or is too large, does.
 */
function readState(documents: readonly FileDocument[], report: WholeReport): ImportState {
  const values = documents.map(({ value }) => value);
  const filled = new Set(documents.flatMap((document) => [...document.filled]));
  const isOne = values.length === 1 || values.some(isVersioned);
  if (isOne && values.every(isDeclarative)) {
    const state = newState(report, filled, false);
    readDeclaration(values, state);
    if (state.count <= MOST_ROWS) linkRows(state);
    return state;
  }
  if (values.some(isVersioned))
    report.fault('must hold one kind of configuration: parts of it are pages of the Admin API');
  const state = newState(report, filled, true);
  readPages(values, state);
  if (report.faults.size === 0) linkRows(state);
  return state;
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
