/**
 * What is well-formed and still cannot be meant: hosts that no request can carry, CORS origins that no browser sends,
 * a stand-in who does not exist, a digest that two consumers share.
 *
 * Kong takes most of it without a word, so under its profiles it is taken here too.
 */
import { globOf } from '../core/origin-glob.ts';
import { showReceived } from './validate.ts';
import type { CorsSettings, FilledAuth, FilledConfig } from './types.ts';

export function checkMeaning(config: FilledConfig, faults: string[]): void {
  const { compat, consumers } = config;
  checkConsumers(consumers, faults);
  const places = [config, ...(config.routes ?? [])].map((record, i) => ({
    record,
    at: i === 0 ? '' : `routes[${i - 1}].`,
  }));
  for (const { record, at } of places) {
    if (record.cors) checkCors(record.cors, `${at}cors`, compat === null, faults);
    for (const name of ['auth', 'jwt', 'basicAuth', 'hmacAuth'] as const) {
      const one = record[name] ?? null;
      if (one && compat === null) checkAnonymous(one, `${at}${name}.anonymous`, consumers, faults);
    }
  }
}

function checkConsumers(consumers: FilledConfig['consumers'], faults: string[]): void {
  const owners = new Map<string, string>();
  const ids = new Set<string>();
  const names = new Set<string>();
  for (const [i, { id, credentials, logins, jwtKeys, jwtSecrets, hmacSecrets }] of consumers.entries()) {
    if (ids.has(id)) faults.push(`consumers[${i}].id must be unique, received "${id}" again`);
    ids.add(id);
    for (const { sha256 } of credentials) {
      const owner = owners.get(sha256);
      if (owner)
        faults.push(`consumers[${i}].credentials must be unique, received a digest that ${owner} has`);
      owners.set(sha256, `consumers[${i}]`);
    }
    const named = {
      logins: logins?.map(({ username }) => username),
      jwtKeys: [...(jwtKeys ?? []), ...(jwtSecrets ?? [])].map(({ name }) => name),
      hmacSecrets: hmacSecrets?.map(({ username }) => username),
    };
    for (const [list, found = []] of Object.entries(named))
      for (const name of found) {
        if (names.has(`${list} ${name}`))
          faults.push(`consumers[${i}].${list} must have unique names, received "${name}" again`);
        names.add(`${list} ${name}`);
      }
  }
}

function checkAnonymous(
  { anonymous }: Pick<FilledAuth, 'anonymous'>,
  path: string,
  consumers: FilledConfig['consumers'],
  faults: string[],
): void {
  if (anonymous !== null && !consumers.some(({ id, username }) => id === anonymous || username === anonymous))
    faults.push(
      `${path} must be the id or username of one of the consumers, received ${showReceived(anonymous)}`,
    );
}

// ---- CORS -----------------------------------------------------------------------------------

const PLAIN_ORIGIN = /^[\w.:/-]*$/;
/** As browsers write it: scheme and host in small letters, no slash at the end. */
const BROWSERS = /^(null|[a-z][a-z\d+.-]*:\/\/[^/A-Z]+)$/;
/** A shell's star, which a regular expression reads otherwise: it comes after what stands for itself. */
const SHELL_STAR = /(^|(^|[^\\])[\w/:-])\*/;

function checkCors(cors: CorsSettings, path: string, plain: boolean, faults: string[]): void {
  const { origins, credentials } = cors;
  for (const [i, entry] of origins.entries()) {
    const must = entry === '*' || !plain ? null : corsOriginFault(entry);
    if (must) faults.push(`${path}.origins[${i}] must be ${must}, received ${showReceived(entry)}`);
  }
  if (plain && credentials && (origins.length === 0 || origins.includes('*')))
    faults.push(`${path}.origins must name who may send credentials, received ${showReceived(origins)}`);
}

/** What an entry must be; null where it is good. */
function corsOriginFault(entry: string): string | null {
  if (globOf(entry) !== null) return null;
  // Capitals are read as the small letters that browsers send.
  if (PLAIN_ORIGIN.test(entry) ? BROWSERS.test(entry.toLowerCase()) : !neverSent(entry)) return null;
  return '"*", an origin as browsers write it, such as "https://example.com", or a regular expression over one';
}

/** Whether a regular expression names what browsers' origins never hold. */
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

/** Hosts as requests carry them: small letters, punycode, no dot at the end; what none can carry is a fault. */
export function reachableHosts(hosts: readonly string[], path: string, faults: string[]): readonly string[] {
  const reachable = hosts.map((host, i) => {
    const usual = reachableHost(host);
    if (usual === null)
      faults.push(`${path}[${i}] must be a host that a request can carry, received ${showReceived(host)}`);
    return usual ?? host;
  });
  return Object.freeze(reachable);
}

function reachableHost(host: string): string | null {
  const [, name = '', port = ''] = /^(.*?[^:])\.?(:\d{1,5})?$/.exec(host) ?? [];
  try {
    const { hostname } = new URL(`http://${name}`);
    const label = '[^*.:]+';
    const shape = new RegExp(`^(\\[[\\da-f:.]+\\]|(\\*\\.)?${label}(\\.${label})*|(${label}\\.)+\\*)$`);
    return shape.test(hostname) && /^[!-~]{1,253}$/.test(hostname) ? hostname + port : null;
  } catch {
    return null;
  }
}
