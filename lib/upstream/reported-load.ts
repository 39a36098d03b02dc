/** How loaded an origin says it is: a number in a header of its answers, or in the answer to a question of its own. */
import type { PoolSettings } from '../config/types.ts';
import { jsonAt } from '../core/json-pointer.ts';

type LoadSource = NonNullable<PoolSettings['load']>;

/** What the answer to a question about it says, in the header or in the body, which is read. */
export async function readLoad(response: Response, load: LoadSource): Promise<number | undefined> {
  if (load.header !== null) return reportedLoad(response, load);
  const text = await response.text();
  return toReading(load.pointer ? jsonAt(text, load.pointer) : text);
}

/** What any answer says of its origin's load in the header that the pool names; undefined where it says nothing. */
export function reportedLoad(response: Response, load: LoadSource | null): number | undefined {
  return load === null || load.header === null ? undefined : toReading(response.headers.get(load.header));
}

/** "0.42 0.40 0.38", as uptime has it, counts as its first number. */
function toReading(value: unknown): number | undefined {
  const reading = typeof value === 'string' ? Number.parseFloat(value) : value;
  return typeof reading === 'number' && Number.isFinite(reading) ? reading : undefined;
}
