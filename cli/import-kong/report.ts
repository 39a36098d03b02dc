/**
 * What an import has to say: faults (the file is no valid Kong configuration; nothing is written) and notes (one
 * for each thing that is not carried over, with its place and what callers will see of it).
 *
 * Both are collected, never thrown, so that one run says everything; a fault per run would cost an operator
 * with a thousand routes an afternoon.
 */

/** Keys and indexes from the top of the file: ["services", 0, "routes", 1, "paths"]. */
export type Path = readonly (string | number)[];

export interface Report {
  readonly faults: string[];
  readonly notes: string[];
  readonly fault: (at: Path, text: string) => void;
  readonly note: (at: Path, text: string) => void;
}

/** `services[0].routes[1].paths`; keys that are no plain words are quoted: `["/apis"].data[0]`. */
export function writePath(at: Path): string {
  let text = '';
  for (const step of at) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[\w-]+$/.test(step)) text += text === '' ? step : `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
  }
  return text === '' ? 'the file' : text;
}

/** A value as a message shows it; long ones are cut, and nobody's key is ever passed in. */
export function showValue(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** `lineOf` says where a path stands in the text; 0 where nobody can tell. The same line is never said twice. */
export function createReport(lineOf: (at: Path) => number): Report {
  const faults: string[] = [];
  const notes: string[] = [];
  const place = (at: Path): string => {
    const line = lineOf(at);
    return line > 0 ? `${writePath(at)} (line ${line})` : writePath(at);
  };
  const add = (list: string[], line: string): void => {
    if (!list.includes(line)) list.push(line);
  };
  return {
    faults,
    notes,
    fault: (at, text) => add(faults, `${place(at)} ${text}`),
    note: (at, text) => add(notes, `${place(at)}: ${text}`),
  };
}
