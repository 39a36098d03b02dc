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
export const EFFECTS: readonly Effect[] = ['open', 'closed', 'lost', 'check'];

export interface Note {
  readonly effect: Effect;
  readonly text: string;
}

export interface Remark {
  readonly effect: Effect;
  readonly at: Path;
  readonly text: string;
  /** The subject, such as a plug-in's name. Default: the place. */
  readonly subject?: string;
  /** One of the affected entities: "route users". */
  readonly whom?: string;
}

export interface Report {
  readonly faults: string[];
  readonly fault: (at: Path, text: string) => void;
  readonly note: (remark: Remark) => void;
  /** All notes so far, "open" first. */
  readonly notes: () => Note[];
}

/** The location of a path: the file if there are several, and the line, 0 if unknown. */
export type Locate = (at: Path) => { readonly file: string | null; readonly line: number };

interface Matter {
  readonly remark: Remark;
  readonly places: Path[];
  readonly whom: Set<string>;
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

export function createReport(locate: Locate): Report {
  const faults = new Set<string>();
  const list: string[] = [];
  const matters = new Map<string, Matter>();
  const place = (at: Path): string => {
    const { file, line } = locate(at);
    const where = [file, line > 0 ? `line ${line}` : null].filter((part) => part !== null).join(', ');
    return where === '' ? writePath(at) : `${writePath(at)} (${where})`;
  };
  return {
    faults: list,
    fault: (at, text) => {
      const line = `${place(at)} ${text}`;
      if (!faults.has(line)) list.push(line);
      faults.add(line);
    },
    note: (remark) => {
      const key = [remark.effect, remark.subject, remark.text].join('\n');
      const matter = matters.get(key) ?? { remark, places: [], whom: new Set<string>() };
      matters.set(key, matter);
      if (matter.places.at(-1)?.join() !== remark.at.join()) matter.places.push(remark.at);
      if (remark.whom !== undefined) matter.whom.add(remark.whom);
    },
    notes: () =>
      [...matters.values()]
        .map((matter) => ({ effect: matter.remark.effect, text: writeMatter(matter, locate, place) }))
        .sort((a, b) => EFFECTS.indexOf(a.effect) - EFFECTS.indexOf(b.effect)),
  };
}

function writeMatter({ remark, places, whom }: Matter, locate: Locate, place: (at: Path) => string): string {
  const of = whom.size === 0 ? '' : `, ${someOf([...whom])}`;
  const { subject, text } = remark;
  if (subject === undefined) {
    const more = places.length > 1 ? ` and ${places.length - 1} more` : '';
    return `${place(places[0]!)}${more}${of}: ${text}`;
  }
  const where = writeLines(places.map(locate));
  return `${subject}${where === '' ? '' : ` (${where})`}${of}: ${text}`;
}

/** `line 3`, `lines 3, 14 and 6 more`, `a.yml line 3, b.yml line 14`. */
function writeLines(places: readonly ReturnType<Locate>[]): string {
  if (places.some(({ file }) => file !== null))
    return someOf([
      ...new Set(places.map(({ file, line }) => (line > 0 ? `${file} line ${line}` : String(file)))),
    ]);
  const lines = [...new Set(places.map(({ line }) => line))].filter((line) => line > 0);
  return lines.length === 0 ? '' : `line${lines.length > 1 ? 's' : ''} ${someOf(lines.map(String))}`;
}
