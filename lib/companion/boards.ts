/**
 * Boards of pools, by name: what was told last stands there. In memory alone, since it is old within seconds anyway.
 */
export type Boards = Map<string | null, unknown>;
export interface BoardNote {
  readonly name: string;
  readonly rows: unknown;
}

/** One for each pool and data centre; what was told first goes first. */
const MOST_BOARDS = 10_000;

/** Returns how many there are. */
export function keepBoard(boards: Boards, { name, rows }: BoardNote): number {
  boards.delete(name);
  boards.set(name, rows);
  if (boards.size > MOST_BOARDS) boards.delete(boards.keys().next().value ?? null);
  return boards.size;
}
