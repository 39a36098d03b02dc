/**
 * A separate bench that is part of `npm run bench`: keys, routes, faults.
 *
 * A file in bench/ joins by exporting `bench: SubBench` and being listed in run.ts. It finishes within `seconds`,
 * starts its processes with processes.ts (loopback only) and returns tables, which the caller writes.
 */
export interface Table {
  readonly title: string;
  /** What was measured and how, in a sentence or two. */
  readonly note: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}
export interface SubBenchOptions {
  /** Approximate time limit. */
  readonly seconds: number;
  /** Whether to take the long measurements. */
  readonly full: boolean;
  /** Whether to only check that it works: for the tests. */
  readonly smoke: boolean;
  readonly tell: (line: string) => void;
}
export interface SubBench {
  readonly name: string;
  readonly run: (options: SubBenchOptions) => Promise<Table[]>;
}
