/**
 * The list of revoked keys, in order of revocation. Isolates poll for the entries since their last poll.
 *
 * An entry's number is the time of its revocation. A list that is lost and started again therefore has higher numbers
 * than the old one.
 */
import type { Sql } from './storage.ts';
import { HOUR_MS } from './windows.ts';

export interface Changes {
  /** The number of the last entry in this answer: the next `since`. */
  readonly version: number;
  /** There are later entries. */
  readonly more: boolean;
  /** Revocations from before this time are no longer known, so all earlier verdicts are void; 0 if all are known. */
  readonly voidBefore: number;
  /** SHA-256 of a key, null for all keys; and the time of revocation. */
  readonly revoked: readonly (readonly [sha256: string | null, at: number])[];
}

/** How long an isolate may be idle before its `since` is no longer known. */
const KEPT_MS = 48 * HOUR_MS;
const PAGE = 1000;
const SELECT_PAGE = "SELECT * FROM revoked WHERE at > ? AND sha256 IS NOT '' ORDER BY at LIMIT ?";

/** A list's first entry only marks its start: a `since` from before it belongs to another list. */
export function beginRevocations(sql: Sql, now: number): void {
  if (latestRevocation(sql) === 0) sql("INSERT INTO revoked VALUES (?, '')", now);
}

function latestRevocation(sql: Sql): number {
  return (sql('SELECT max(at) AS at FROM revoked')[0]?.['at'] ?? 0) as number;
}

/**
 * Returns the entry's number. The newest of the old entries is kept: without it the first revocation after two quiet
 * days would void all verdicts, since its number is the `since` of every isolate.
 */
export function addRevocation(sql: Sql, sha256: string | null, now: number): number {
  const at = Math.max(now, latestRevocation(sql) + 1);
  sql('INSERT INTO revoked VALUES (?, ?)', at, sha256);
  sql('DELETE FROM revoked WHERE at < (SELECT max(at) FROM revoked WHERE at < ?)', now - KEPT_MS);
  return at;
}

export function changesSince(sql: Sql, since: number): Changes {
  const oldest = sql('SELECT min(at) AS at FROM revoked')[0]?.['at'] as number;
  const latest = latestRevocation(sql);
  const gap = since < oldest || since > latest;
  const rows = sql(SELECT_PAGE, gap ? 0 : since, PAGE);
  const version = (rows.at(-1)?.['at'] ?? latest) as number;
  return {
    version,
    more: version < latest,
    voidBefore: gap ? oldest : 0,
    revoked: rows.map((row) => [row['sha256'] as string | null, row['at'] as number]),
  };
}
