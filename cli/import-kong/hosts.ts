/**
 * Hosts of services and targets, as a Worker can reach them. A Worker cannot resolve names of a private network, and
 * three of four Kong files name containers. They are reported once, and `--host NAME=URL` maps each to a public
 * address.
 */
import { isIP } from 'node:net';
import { isPrivateName } from '../private-names.ts';
import { someOf, type Report } from './report.ts';

export type Scheme = 'http' | 'https';

export interface Hosts {
  /** The origin's URL. */
  readonly urlOf: (host: string, port: number, scheme: Scheme, report: Report) => string;
  /** Reports hosts that cannot be reached and mappings that are never used. */
  readonly report: () => void;
}

/** `mapping`: from "users" or "users:8000" to a URL, or to a host, with scheme and port unchanged. */
export function createHosts(mapping: ReadonlyMap<string, string>, report: Report): Hosts {
  const used = new Set<string>();
  const known = new Set<string>();
  const names = new Map<string, Report>();
  const addresses = new Map<string, Report>();
  return {
    urlOf: (host, port, scheme, place) => {
      known.add(host);
      const key = [`${host}:${port}`, host].find((one) => mapping.has(one));
      if (key !== undefined) {
        used.add(key);
        return mappedUrl(mapping.get(key)!, port, scheme);
      }
      if (isIP(host.replace(/^\[|\]$/g, '')) === 0) {
        if (isPrivateName(host) || /\.example\.?$/i.test(host)) names.set(host, place);
      } else if (!host.startsWith('127.')) addresses.set(host, place);
      return `${scheme}://${bracket(host)}${portSuffix(port, scheme)}`;
    },
    report: () => {
      noteUnreachable(names, 'private names, which a Worker cannot resolve');
      noteUnreachable(addresses, 'addresses, from which Cloudflare does not fetch (self-hosted it works)');
      const hosts = someOf([...known]) || 'none';
      for (const name of mapping.keys())
        if (!used.has(name)) report.fault(`--host ${name} names no host of a service or target: ${hosts}`);
    },
  };
}

function noteUnreachable(hosts: ReadonlyMap<string, Report>, what: string): void {
  const [first] = hosts;
  if (first === undefined) return;
  const [host, report] = first;
  const [name] = /^[a-z][a-z0-9-]*/i.exec(host) ?? ['api'];
  const example = `--host ${host}=https://${name}.example.net`;
  report.note('check', `${what}: ${example} maps one`, someOf([...hosts.keys()], 3));
}

function mappedUrl(target: string, port: number, scheme: Scheme): string {
  if (/^https?:\/\//i.test(target)) return target.replace(/\/$/, '');
  return `${scheme}://${target}${/:\d+$/.test(target) ? '' : portSuffix(port, scheme)}`;
}

/** Why a mapping is invalid; null if it is valid. */
export function mappingFault(name: string, target: string): string | null {
  const isUrl = /^https?:\/\//i.test(target);
  const isWhole = URL.canParse(isUrl ? target : `http://${target}`) && !/[?#@\s]/.test(target);
  if (name !== '' && isWhole && (isUrl || !/[/\\]/.test(target))) return null;
  return 'It must be NAME=URL, such as users=https://users.example.net.';
}

export function bracket(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}

function portSuffix(port: number, scheme: Scheme): string {
  return port === (scheme === 'https' ? 443 : 80) ? '' : `:${port}`;
}
