/**
 * Checks for settings that are well-formed but make no sense: hosts that no request can carry, CORS origins that no
 * browser sends, an anonymous consumer that does not exist, a digest that two consumers share.
 *
 * Kong silently accepts most of these, so the Kong profiles accept them too.
 */
import { globOf } from '../core/origin-glob.ts';
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
/** As browsers write it: scheme and host in lower case, no trailing slash. */
const BROWSERS = /^(null|[a-z][a-z\d+.-]*:\/\/[^/A-Z]+)$/;
/** A shell's star, which means something else in a regular expression: at the start, or after a literal character. */
const SHELL_STAR = /(^|(^|[^\\])[\w/:-])\*/;

interface Origins {
  readonly origins: readonly string[];
  readonly credentials: boolean;
}

export function reviewCors(cors: Origins, path: string, { compat }: Whole, faults: string[]): void {
  const { origins, credentials } = cors;
  if (compat !== null) return;
  for (const [i, entry] of origins.entries()) {
    const must = entry === '*' ? null : corsOriginFault(entry);
    if (must) faults.push(`${path}.origins[${i}] must be ${must}, received ${showReceived(entry)}`);
  }
  if (credentials && (origins.length === 0 || origins.includes('*')))
    faults.push(`${path}.origins must name who may send credentials, received ${showReceived(origins)}`);
}

/** What an entry must be; null if it is valid. */
function corsOriginFault(entry: string): string | null {
  if (globOf(entry) !== null) return null;
  // Upper case is accepted, and read as the lower case that browsers send.
  if (PLAIN_ORIGIN.test(entry) ? BROWSERS.test(entry.toLowerCase()) : !neverSent(entry)) return null;
  return '"*", an origin as browsers write it, such as "https://example.com", or a regular expression over one';
}

/** Whether a regular expression requires something that a browser's origin never contains. */
function neverSent(entry: string): boolean {
  const literal = entry.replace(/\\[^]|\[[^\]]*\]/g, '');
  const anyCase = entry.startsWith('(?i)');
  return (
    SHELL_STAR.test(entry) ||
    /[\s,]|\/$/.test(literal.replace(/\{[\d,]+\}/g, '')) ||
    (!anyCase && /[A-Z]/.test(literal))
  );
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
