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
    // To Kong an empty text is no value.
    const headers = operationsOf(config, 'headers', (value) => (value === '' ? undefined : value));
    const body = operationsOf<string | number | boolean>(config, 'json', (value, operation, at) => {
      const types = (config[operation] as Settings | undefined)?.['json_types'];
      return typedValue(value, Array.isArray(types) ? types[at] : undefined);
    });
    return { ...(headers ? { headers } : {}), ...(body ? { body } : {}) };
  },
});

/**
 * Undefined for an invalid number: Kong skips it. Kong encodes the text as JSON and takes the quotes off again, so that
 * backslashes are doubled; an empty text is Lua's nil, which becomes the text "null".
 */
function typedValue(value: string, type: unknown): string | number | boolean | undefined {
  const text = value === '' ? 'null' : JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"');
  if (type === 'boolean') return text === 'true';
  if (type !== 'number') return text;
  const number = Number(text);
  return text.trim() === '' || Number.isNaN(number) ? undefined : number;
}
