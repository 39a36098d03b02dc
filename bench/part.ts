/** A part of `npm run bench`: one of the files that run.ts lists. Its processes are on loopback (processes.ts). */
import type { Contestant } from './contestants.ts';

export interface Table {
  readonly title: string;
  /** What was measured and how, in a sentence or two. */
  readonly note: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}
export interface Scale {
  /** Whether to take the long measurements. */
  readonly full: boolean;
  /** Whether to only check that it works: for the tests. */
  readonly smoke: boolean;
  readonly contestants: readonly Contestant[];
  readonly report: (line: string) => void;
}
export interface Part {
  readonly name: string;
  /** It takes minutes: only on request, and in the full run. */
  readonly long?: boolean;
  readonly run: (scale: Scale) => Promise<Table[]>;
}
