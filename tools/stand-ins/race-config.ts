/**
 * Refuses a bad configuration at start-up with all its faults, and fills in defaults.
 *
 * It knows what pools that race need, and nothing else: any other setting wants a file that was built for it.
 */
import type { OriginSettings, PoolSettings, Settings } from '../../lib/config.ts';

type Entry = Record<string, unknown>;
type Checks = Record<string, readonly [must: string, holds: (value: unknown) => unknown]>;

const REBUILD = 'npm run build -- --config FILE';
const isWhole = (value: unknown): boolean =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 31;

const MS: Checks[string] = ['a whole number from 1', (value) => isWhole(value) && value !== 0];
const TOP: Checks = {
  pools: ['a record', (value) => typeof value === 'object' && value !== null && !Array.isArray(value)],
};
const POOL: Checks = {
  origins: ['a list', Array.isArray],
  balance: [`"race", or another with ${REBUILD}`, (value) => value === 'race'],
  timeoutMs: MS,
  totalTimeoutMs: MS,
  retries: ['a whole number', (value) => isWhole(value) && (value as number) < 2 ** 15],
};
const ORIGIN: Checks = {
  url: ['an http or https URL without query or user', parseOriginUrl],
  name: ['a text of printable ASCII', (value) => typeof value === 'string' && /^[\x20-\x7e]+$/.test(value)],
  weight: ['a number from 0 to 65535', (value) => typeof value === 'number' && value >= 0 && value <= 65535],
};

function parseOriginUrl(value: unknown): URL | null {
  if (typeof value !== 'string') return null;
  try {
    const url = new URL(value);
    return /^https?:$/.test(url.protocol) && url.href === url.origin + url.pathname ? url : null;
  } catch {
    return null;
  }
}

function checkFields(record: Entry, at: string, checks: Checks, faults: string[]): Entry {
  for (const [key, value] of Object.entries(record)) {
    const [must, holds] = Object.hasOwn(checks, key) ? checks[key]! : [];
    if (!holds) faults.push(`${at}${key} needs a part that this file was built without: ${REBUILD}`);
    else if (!holds(value))
      faults.push(`${at}${key} must be ${must}, received ${JSON.stringify(value) ?? 'nothing'}`);
  }
  return record;
}

function resolveOrigin(given: unknown, path: string, faults: string[]): OriginSettings {
  const record = typeof given === 'string' ? { url: given } : { url: undefined, ...(given as Entry) };
  const { url, name = url, weight = 1 } = checkFields(record, `${path}.`, ORIGIN, faults);
  const { origin: site, pathname } = parseOriginUrl(url) ?? {};
  const basePath = pathname?.replace(/\/$/, '');
  return {
    name,
    site,
    basePath,
    weight,
    headers: [],
  } as unknown as OriginSettings;
}

function resolvePool(given: unknown, path: string, faults: string[]): PoolSettings {
  const record = checkFields(
    { origins: undefined, balance: undefined, ...(given as Entry) },
    `${path}.`,
    POOL,
    faults,
  );
  const { origins, timeoutMs = 10_000, totalTimeoutMs = 30_000, retries = 2 } = record;
  const list = Array.isArray(origins) ? origins : [];
  const resolved = list.map((origin, i) => resolveOrigin(origin, `${path}.origins[${i}]`, faults));
  return { origins: resolved, timeoutMs, totalTimeoutMs, retries } as unknown as PoolSettings;
}

/** `input` is a configuration, or its JSON text. */
export function checkConfig(input: unknown): Settings {
  const faults: string[] = [];
  const top = { pools: undefined, ...parseConfig(input, faults) };
  const named = Object.entries(checkFields(top, '', TOP, faults)['pools'] ?? {});
  const pools = named.map(([name, given]) => resolvePool(given, `pools.${name}`, faults));
  const pool = named.length === 1 ? 0 : named.findIndex(([name]) => name === 'default');
  if (pool < 0 && faults.length === 0) faults.push('pools.default must be a record, received nothing');
  if (faults.length > 0) throw new Error(`Cannot use the configuration:\n  ${faults.join('\n  ')}`);
  const cors = { methods: ['GET', 'HEAD', 'PUT', 'PATCH', 'POST', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT'] };
  const route = { name: 'default', pool, cors, stamp: { version: {} } };
  return { pools, routes: [route], cors } as unknown as Settings;
}

function parseConfig(input: unknown, faults: string[]): Entry {
  try {
    return (typeof input === 'string' ? JSON.parse(input) : input) as Entry;
  } catch (error) {
    faults.push(`GATEWAY_CONFIG must be JSON: ${(error as Error).message}`);
    return { pools: {} };
  }
}
