/**
 * Checks for settings that are well-formed but make no sense: hosts that no request can carry, CORS origins that no
 * browser sends, an anonymous consumer that does not exist, a digest that two consumers share.
 *
 * Kong silently accepts most of these, so the Kong profiles accept them too.
 */
import { readHost } from '../core/url-host.ts';
import type { Whole } from './rows.ts';
import { showReceived } from './validate.ts';

type Credential = Readonly<Record<string, unknown>>;
type Lists = Readonly<Record<string, readonly Credential[] | undefined>>;
/** A consumer's lists, the field that names a credential in each, and the kind within which names are unique. */
const NAMED_BY = [
  ['credentials', 'sha256', 'key'],
  ['logins', 'username', 'login'],
  ['jwtKeys', 'name', 'token'],
  ['jwtSecrets', 'name', 'token'],
  ['hmacSecrets', 'username', 'signature'],
] as const;

export function reviewConsumers(
  consumers: Whole['consumers'],
  path: string,
  _config: Whole,
  faults: string[],
): void {
  const owners = new Map<string, string>();
  for (const [i, consumer] of consumers.entries()) {
    const { id } = consumer;
    if (owners.has(`id ${id}`)) faults.push(`${path}[${i}].id must be unique, received "${id}" again`);
    owners.set(`id ${id}`, '');
    for (const [list, name, kind] of NAMED_BY)
      for (const credential of (consumer as unknown as Lists)[list] ?? []) {
        const key = `${kind} ${String(credential[name])}`;
        const owner = owners.get(key);
        if (owner) faults.push(`${path}[${i}].${list} must be unique, received a ${name} that ${owner} has`);
        owners.set(key, `${path}[${i}]`);
      }
  }
}

export function reviewAnonymous(name: string, path: string, config: Whole, faults: string[]): void {
  if (
    config.compat === null &&
    !config.consumers.some(({ id, username }) => id === name || username === name)
  )
    faults.push(`${path} must be the id or username of one of the consumers, received ${showReceived(name)}`);
}

/** The name of a configured pool, or of the one that `origins` defines. */
export function reviewPoolName(
  name: string,
  path: string,
  { pools, origins }: Whole,
  faults: string[],
): void {
  const known = [...pools.map(([one]) => one), ...(origins ? ['default'] : [])];
  if (!known.includes(name))
    faults.push(`${path} must be the name of a pool (${known.join(', ')}), received "${name}"`);
}

// ---- CORS -----------------------------------------------------------------------------------

const PLAIN_ORIGIN = /^[\w.:/-]*$/;
/** As browsers write it: scheme and host in lower case, no trailing slash. Upper case is read as lower case. */
const BROWSERS = /^(null|[a-z][a-z\d+.-]*:\/\/[^/]+)$/i;
export const BROWSERS_ORIGIN =
  '"*", an origin as browsers write it, such as "https://example.com", or a regular expression over one';

interface Origins {
  readonly origins: readonly string[];
  readonly credentials: boolean;
}

export function reviewCors(cors: Origins, path: string, { compat }: Whole, faults: string[]): void {
  const { origins, credentials } = cors;
  if (compat !== null) return;
  for (const [i, entry] of origins.entries())
    if (PLAIN_ORIGIN.test(entry) && !BROWSERS.test(entry))
      faults.push(`${path}.origins[${i}] must be ${BROWSERS_ORIGIN}, received ${showReceived(entry)}`);
  if (credentials && (origins.length === 0 || origins.includes('*')))
    faults.push(`${path}.origins must name who may send credentials, received ${showReceived(origins)}`);
}

// ---- hosts ----------------------------------------------------------------------------------

const LABEL = '[^*.:]+';
const REACHABLE = new RegExp(
  `^(\\[[\\da-f:.]+\\]|(\\*\\.)?${LABEL}(\\.${LABEL})*|(${LABEL}\\.)+\\*)(:\\d{1,5})?$`,
);

/** Rejects hosts that no request can carry, in any spelling. */
export function reviewHosts(
  hosts: readonly string[],
  path: string,
  { compat }: Whole,
  faults: string[],
): void {
  if (compat !== null) return;
  for (const [i, host] of hosts.entries())
    if (host.endsWith(':') || !REACHABLE.test(readHost(host) ?? ''))
      faults.push(`${path}[${i}] must be a host that a request can carry, received ${showReceived(host)}`);
}
