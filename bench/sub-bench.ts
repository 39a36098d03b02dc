/**
 * A bench of its own that `npm run bench` takes along: keys, routes, faults.
 *
 * A file in bench/ joins by exporting `bench: SubBench` and standing in run.ts's list. It ends by itself within `seconds`, starts what it
 * needs with processes.ts (loopback only) and gives back tables; whoever runs it writes them down.
 */
export interface Table {
  readonly title: string;
  /** What was measured and how, in a sentence or two. */
  readonly note: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}
export interface SubBenchOptions {
  /** About how long it may take. */
  readonly seconds: number;
  /** The long figures, for whoever has the time. */
  readonly full: boolean;
  /** Just see that it works: for the tests. */
  readonly smoke: boolean;
  readonly tell: (line: string) => void;
}
export interface SubBench {
  readonly name: string;
  readonly run: (options: SubBenchOptions) => Promise<Table[]>;
}
