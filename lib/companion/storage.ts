/**
 * The companion's tables in its Durable Object's SQLite. A write is on disk before any answer after it is sent.
 */
import type { WindowStorage } from './windows.ts';

type Value = string | number | null;
export type Sql = (text: string, ...values: Value[]) => Record<string, Value>[];

export function createTables(sql: Sql): void {
  sql('CREATE TABLE IF NOT EXISTS marks (id TEXT PRIMARY KEY, start INT, length INT, mark INT)');
  sql('CREATE TABLE IF NOT EXISTS floors (length INTEGER PRIMARY KEY, floor INT)');
  sql('CREATE TABLE IF NOT EXISTS revoked (at INTEGER PRIMARY KEY, sha256 TEXT)');
}

const RAISE = 'ON CONFLICT (length) DO UPDATE SET floor = max(floor, excluded.floor)';

export function windowStorage(sql: Sql): WindowStorage {
  return {
    readMark: (id) => sql('SELECT mark FROM marks WHERE id = ?', id)[0]?.['mark'] as number | undefined,
    writeMark: ({ id, start, length }, mark) =>
      void sql('INSERT OR REPLACE INTO marks VALUES (?, ?, ?, ?)', id, start, length, mark),
    readFloors: () =>
      sql('SELECT * FROM floors').map((row) => [row['length'] as number, row['floor'] as number]),
    writeFloor: (length, floor) => void sql('INSERT OR REPLACE INTO floors VALUES (?, ?)', length, floor),
    deleteMarks: (endedBefore) => {
      const ended = 'FROM marks WHERE start + length < ?';
      sql(`INSERT INTO floors SELECT length, max(start) + 1 ${ended} GROUP BY length ${RAISE}`, endedBefore);
      sql(`DELETE ${ended}`, endedBefore);
    },
  };
}
