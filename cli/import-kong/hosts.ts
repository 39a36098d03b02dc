/**
 * Hosts of services and targets, as a Worker can reach them. A Worker cannot resolve names of a private network, and
 * three of four Kong files name containers. They are reported once, and `--host NAME=URL` maps each to a public
 * address.
 */
import { isIP } from 'node:net';
import { isPrivateName } from '../private-names.ts';
import { someOf, type Path, type Report } from './report.ts';

export interface Hosts {
  /** The origin's URL. `port` null is the scheme's default. */
  readonly urlOf: (host: string, port: number, scheme: 'http' | 'https', at: Path) => string;
  /** Reports hosts that cannot be reached and mappings that are never used. */
  readonly report: () => void;
}

/** `mapping`: from "users" or "users:8000" to a URL, or to a host, with scheme and port unchanged. */
export function createHosts(mapping: ReadonlyMap<string, string>, report: Report): Hosts {
  const used = new Set<string>();
  const known = new Set<string>();
  const names = new Map<string, Path>();
  const addresses = new Map<string, Path>();
  return {
    urlOf: (host, port, scheme, at) => {
      known.add(host);
      const key = [`${host}:${port}`, host].find((one) => mapping.has(one));
      if (key === undefined) {
        const isAddress = isIP(host.replace(/^\[|\]$/g, '')) !== 0;
        if (isAddress && !host.startsWith('127.')) addresses.set(host, at);
        else if (!isAddress && (isPrivateName(host) || /\.example\.?$/i.test(host))) names.set(host, at);
        return `${scheme}://${bracket(host)}${portSuffix(port, scheme)}`;
      }
      used.add(key);
      return mappedUrl(mapping.get(key)!, port, scheme);
    },
    report: () => {
      noteUnreachable(names, addresses, report);
      for (const name of mapping.keys())
        if (!used.has(name))
          report.fault(
            [],
            `--host ${name} names no host of a service or target: ${someOf([...known]) || 'none'}`,
          );
    },
  };
}

function noteUnreachable(
  names: ReadonlyMap<string, Path>,
  addresses: ReadonlyMap<string, Path>,
  report: Report,
): void {
  const [name] = names.keys();
  if (name !== undefined) {
    report.note({
      effect: 'check',
      at: names.get(name)!,
      subject: someOf([...names.keys()], 3),
      text: `private names, which no Worker resolves: ${example(name)} maps one`,
    });
  }
  const [address] = addresses.keys();
  if (address !== undefined)
    report.note({
      effect: 'check',
      at: addresses.get(address)!,
      subject: someOf([...addresses.keys()], 3),
      text: `addresses, from which Cloudflare does not fetch (self-hosted it works): ${example(address)} maps one`,
    });
}

/** `--host users=https://users.example.net` */
function example(host: string): string {
  const [name] = /^[a-z][a-z0-9-]*/i.exec(host) ?? ['api'];
  return `--host ${host}=https://${name}.example.net`;
}

function mappedUrl(target: string, port: number, scheme: 'http' | 'https'): string {
  if (/^https?:\/\//i.test(target)) return target.replace(/\/$/, '');
  return /:\d+$/.test(target) ? `${scheme}://${target}` : `${scheme}://${target}${portSuffix(port, scheme)}`;
}

/** Why a mapping is invalid; null if it is valid. */
export function mappingFault(name: string, target: string): string | null {
  const isUrl = /^https?:\/\//i.test(target);
  const text = isUrl ? target : `http://${target}`;
  const url = URL.canParse(text) ? new URL(text) : null;
  const isWhole = url !== null && !/[?#@\s]/.test(target) && (isUrl || !/[/\\]/.test(target));
  if (name !== '' && isWhole) return null;
  return 'It must be NAME=URL, such as users=https://users.example.net.';
}

export function bracket(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}

function portSuffix(port: number, scheme: 'http' | 'https'): string {
  return port === (scheme === 'https' ? 443 : 80) ? '' : `:${port}`;
}
