/** request-size-limiting and standard-webhooks: which bodies are accepted. */
import { BOOL, TEXT, between, oneOf, shape, whole } from '../checks.ts';
import { configOf, type OwnSettings, type Carried } from './entry.ts';
import { carried, made, to } from './fields.ts';
import type { Row } from '../rows.ts';

const UNITS: ReadonlyMap<unknown, number> = new Map([
  ['bytes', 1],
  ['kilobytes', 1024],
  ['megabytes', 1_048_576],
]);

export const REQUEST_SIZE_LIMITING: Carried = {
  fate: 'carried',
  priority: 951,
  why: '`maxBodyBytes`, `requireContentLength`',
  config: shape({
    allowed_payload_size: whole(0, 2 ** 31),
    size_unit: oneOf('megabytes', 'kilobytes', 'bytes'),
    require_content_length: BOOL,
  }),
  guards: true,
  map: mapSize,
  consumer: { setting: 'consumerSettings', map: mapSize },
};

function mapSize(plugin: Row): OwnSettings {
  const { allowed_payload_size: size, size_unit: unit, require_content_length: length } = configOf(plugin);
  return {
    maxBodyBytes: (typeof size === 'number' ? size : 128) * (UNITS.get(unit ?? 'megabytes') ?? 1),
    // Always written: two configurations of a plug-in are never merged.
    requireContentLength: length === true,
  };
}

export const STANDARD_WEBHOOKS = carried('webhook', {
  priority: 760,
  why: '`webhook`; the secret stands in the configuration',
  fields: {
    secret_v1: to('secret', TEXT),
    tolerance_second: made('toleranceSeconds', between(0, Number.MAX_SAFE_INTEGER), (seconds: number) =>
      Math.min(Math.floor(seconds), 2 ** 31 - 1),
    ),
  },
  fault: ({ secret_v1: secret }) => (typeof secret === 'string' ? null : 'must have a secret_v1'),
  guards: true,
});
