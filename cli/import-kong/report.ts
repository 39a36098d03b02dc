/**
 * The results of an import: errors (the file is not a Kong configuration that can be imported; nothing is written) and
 * notes.
 *
 * Both are collected, never thrown, so that one run reports everything; one error per run would cost an operator with a
 * thousand routes an afternoon. Notes that say the same about many places are merged into one line: a plug-in on 600
 * routes is one issue.
 */

/** Keys and indexes from the top: the document's number, then ["services", 0, "routes", 1, "paths"]. */
export type Path = readonly (string | number)[];

/**
 * open: Kong would have rejected the request, and here it reaches the origin. closed: Kong would have accepted some
 * requests, and here all are rejected. lost: works, but something is missing. check: nothing is lost, but it should be
 * reviewed before deployment.
 */
export type Effect = 'open' | 'closed' | 'lost' | 'check';
const EFFECTS: readonly Effect[] = ['open', 'closed', 'lost', 'check'];

export interface Note {
  readonly effect: Effect;
  readonly text: string;
}

/** Collects errors and notes; each report is bound to a place in the files. */
export interface Report {
  readonly path: Path;
  /** The report of a place below this one. */
  readonly at: (...steps: Path) => Report;
  readonly fault: (text: string) => void;
  /**
   * `subject`, such as a plug-in's name; default: the place. `affected` is one of the affected entities, such as "route
   * users".
   */
  readonly note: (effect: Effect, text: string, subject?: string, affected?: string) => void;
}

/** The report of all files. */
export interface WholeReport extends Report {
  readonly faults: ReadonlySet<string>;
  /** All notes so far, "open" first. */
  readonly notes: () => Note[];
}

interface Place {
  /** Null if there is only one file. */
  readonly file: string | null;
  /** 0 if unknown. */
  readonly line: number;
}
export type Locate = (at: Path) => Place;

/** Notes that say the same. */
interface NoteGroup extends Note {
  readonly subject: string | undefined;
  readonly places: Path[];
  readonly affected: Set<string>;
}

/** `services[0].routes[1].paths`; keys that are not plain words are quoted: `["/apis"].data[0]`. */
export function writePath([, ...steps]: Path): string {
  let text = '';
  for (const step of steps) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[\w-]+$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text === '' ? 'the file' : text;
}

/** A value for a message, truncated if long; keys are never passed in. */
export function showValue(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** `users, orders and 12 more`. */
export function someOf(names: readonly string[], most = 5): string {
  if (names.length <= most + 1) return names.join(', ');
  return `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
}

export function createReport(locate: Locate): WholeReport {
  const faults = new Set<string>();
  const groups = new Map<string, NoteGroup>();
  const reportOf = (path: Path): Report => ({
    path,
    at: (...steps) => reportOf([...path, ...steps]),
    fault: (text) => void faults.add(`${writePlace(path, locate)} ${text}`),
    note: (effect, text, subject, affected) => {
      const key = [effect, subject, text].join('\n');
      const group = groups.get(key) ?? { effect, text, subject, places: [], affected: new Set<string>() };
      groups.set(key, group);
      if (group.places.at(-1)?.join() !== path.join()) group.places.push(path);
      if (affected !== undefined) group.affected.add(affected);
    },
  });
  return {
    ...reportOf([]),
    faults,
    notes: () =>
      EFFECTS.flatMap((effect) =>
        [...groups.values()]
          .filter((group) => group.effect === effect)
          .map((group) => ({ effect, text: writeGroup(group, locate) })),
      ),
  };
}

function writePlace(at: Path, locate: Locate): string {
  const { file, line } = locate(at);
  const where = [file, line > 0 ? `line ${line}` : null].filter((part) => part !== null).join(', ');
  return where === '' ? writePath(at) : `${writePath(at)} (${where})`;
}

function writeGroup({ subject, text, places, affected }: NoteGroup, locate: Locate): string {
  const of = affected.size === 0 ? '' : `, ${someOf([...affected])}`;
  const more = places.length > 1 ? ` and ${places.length - 1} more` : '';
  const where = writeLines(places.map(locate));
  return subject === undefined
    ? `${writePlace(places[0]!, locate)}${more}${of}: ${text}`
    : `${subject}${where === '' ? '' : ` (${where})`}${of}: ${text}`;
}

/** `line 3`, `lines 3, 14 and 6 more`, `a.yml line 3, b.yml line 14`. */
function writeLines(places: readonly Place[]): string {
  if (places.some(({ file }) => file !== null))
    return someOf([
      ...new Set(places.map(({ file, line }) => (line > 0 ? `${file} line ${line}` : String(file)))),
    ]);
  const lines = [...new Set(places.map(({ line }) => line))].filter((line) => line > 0);
  return lines.length === 0 ? '' : `line${lines.length > 1 ? 's' : ''} ${someOf(lines.map(String))}`;
}
