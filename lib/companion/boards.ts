/**
 * Boards of pools by name, the last write wins. In memory only, since a board is out of date within seconds anyway.
 */
export type Boards = Map<string | null, unknown>;
export interface BoardNote {
  readonly name: string;
  readonly rows: unknown;
}

/** One for each pool and data centre; beyond this the one written longest ago is dropped. */
const MOST_BOARDS = 10_000;

/** Returns the number of boards. */
export function keepBoard(boards: Boards, { name, rows }: BoardNote): number {
  boards.delete(name);
  boards.set(name, rows);
  if (boards.size > MOST_BOARDS) boards.delete(boards.keys().next().value ?? null);
  return boards.size;
}
