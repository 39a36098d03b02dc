/** request-size-limiting and standard-webhooks: which bodies are accepted. */
import { BOOL, TEXT, between, oneOf, shape, whole } from '../checks.ts';
import { configOf, type OwnSettings, type Carried } from './entry.ts';
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
  atTop: true,
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

export const STANDARD_WEBHOOKS: Carried = {
  fate: 'carried',
  priority: 760,
  why: '`webhook`; the secret stands in the configuration',
  config: shape({ secret_v1: TEXT, tolerance_second: between(0, Number.MAX_SAFE_INTEGER) }),
  fault: ({ secret_v1: secret }) => (typeof secret === 'string' ? null : 'must have a secret_v1'),
  atTop: true,
  guards: true,
  map: (plugin) => {
    const { secret_v1: secret, tolerance_second: tolerance } = configOf(plugin);
    const seconds = typeof tolerance === 'number' ? Math.min(Math.floor(tolerance), 2 ** 31 - 1) : null;
    return {
      webhook: { secret: String(secret), ...(seconds === null ? {} : { toleranceSeconds: seconds }) },
    };
  },
};
