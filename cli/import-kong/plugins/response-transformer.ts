/** response-transformer to `responseTransform`. */
import type { Settings } from './entry.ts';
import { carried } from './fields.ts';
import { operationShape, operationsOf } from './operations.ts';

const OPERATION = operationShape(['headers', 'json']);

export const RESPONSE_TRANSFORMER = carried('responseTransform', {
  priority: 800,
  why: '`responseTransform`',
  fields: { remove: OPERATION, rename: OPERATION, replace: OPERATION, add: OPERATION, append: OPERATION },
  tied: true,
  more: (config) => {
    const headers = operationsOf(config, 'headers', (value) => value);
    const body = operationsOf<string | number | boolean>(config, 'json', (value, operation, at) => {
      const types = (config[operation] as Settings | undefined)?.['json_types'];
      return typedValue(value, Array.isArray(types) ? types[at] : undefined);
    });
    return { ...(headers ? { headers } : {}), ...(body ? { body } : {}) };
  },
});

/** Undefined for an invalid number: Kong skips it. */
function typedValue(value: string, type: unknown): string | number | boolean | undefined {
  if (type === 'boolean') return value === 'true';
  if (type !== 'number') return value;
  const number = Number(value);
  return value.trim() === '' || Number.isNaN(number) ? undefined : number;
}
