/**
 * Makes workerd's output readable: the Worker's own lines unchanged, and a runtime failure as one line that names the
 * host.
 *
 * workerd logs a console.log as an info message, and reports what failed in a connection but not with which host. So
 * this process probes the hosts of the configuration itself.
 */
import { connect, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';

/** workerd logs console.log of a plain script as an info message, with its arguments as JSON. */
export function consoleLines(log: string): string[] {
  const hits = log.matchAll(/console\.log\(\); message\(\) = (\[.*\])$/gm);
  return [...hits].map(([, json = '[]']) => (JSON.parse(json) as unknown[]).join(' '));
}

/** A repeated failure is not logged again for this long. */
const QUIET_MS = 10_000;
const ANSWER_MS = 3000;
const NOISE = /: info: |^stack: |Noticed configuration change|^Reloading due to/;
const WRAPPED = /^\S+\.c\+\+:\d+: \w+: (?:e = |exception = )?(?:\S+:\d+: )?(?:failed: |disconnected: )?(.*)$/;

type Write = (line: string) => void;

/** Handles the lines of workerd's standard error. `urls` returns the URLs in the configuration. */
export function createRuntimeLog(urls: () => readonly URL[], toOutput: Write, toError: Write): Write {
  const loggedAt = new Map<string, number>();
  const logOnce = (line: string): void => {
    const now = performance.now();
    if (now - (loggedAt.get(line) ?? -Infinity) < QUIET_MS) return;
    if (loggedAt.size > 1000) loggedAt.clear();
    loggedAt.set(line, now);
    toError(line);
  };
  return (line) => {
    const logged = consoleLines(line);
    for (const text of logged) toOutput(text);
    if (logged.length > 0) return;
    const [, reason] = WRAPPED.exec(line) ?? [];
    const kind = reason === undefined ? null : kindOf(reason);
    if (line.trim() === '' || (kind === null && NOISE.test(line))) return;
    if (reason === undefined) return toError(line);
    if (kind === null) return logOnce(reason.replace(/; sentryErrorContext.*$/, ''));
    void failingHosts(kind, urls()).then((hosts) => logOnce(sentenceOf(kind, hosts, reason)));
  };
}

type Kind = 'dns' | 'tls' | 'refused';

function kindOf(reason: string): Kind | null {
  if (/failed to lookup address|getaddrinfo|DNS lookup failed/i.test(reason)) return 'dns';
  if (/Connection refused/i.test(reason)) return 'refused';
  return /TLS handshake|certificate/i.test(reason) ? 'tls' : null;
}

function sentenceOf(kind: Kind, hosts: readonly string[], reason: string): string {
  const whom = hosts.length > 0 ? hosts.join(', ') : 'a host of the configuration (it answers by now)';
  if (kind === 'dns') return `Cannot reach ${whom}: the name does not resolve`;
  if (kind === 'refused') return `Cannot reach ${whom}: the connection is refused`;
  return `Cannot reach ${whom}: ${reason.replace(/; sentryErrorContext.*$/, '').replace(/^TLS/, 'the TLS')}`;
}

/** What a connection to a host that has the failure ends with. */
const ENDS: Readonly<Record<Kind, RegExp>> = {
  dns: /^(?:ENOTFOUND|EAI_)/,
  refused: /^ECONNREFUSED$/,
  tls: /./,
};

async function failingHosts(kind: Kind, urls: readonly URL[]): Promise<string[]> {
  const asked = new Map(
    urls.filter(({ protocol }) => kind !== 'tls' || protocol === 'https:').map((url) => [url.host, url]),
  );
  const hosts = await Promise.all(
    [...asked].map(async ([host, url]) => (ENDS[kind].test(await connectTo(url)) ? [host] : [])),
  );
  return hosts.flat();
}

/** The outcome of a connection: "" on success, else the error's code. */
function connectTo({ protocol, hostname, port }: URL): Promise<string> {
  const isSecure = protocol === 'https:';
  const host = hostname.replace(/^\[|\]$/g, '');
  const to = { host, port: Number(port || (isSecure ? 443 : 80)) };
  // An address is no server name (RFC 6066, 3).
  const socket = isSecure ? connectTls({ ...to, servername: isIP(host) === 0 ? host : '' }) : connect(to);
  return new Promise((resolve) => {
    const end = (how: string): void => {
      socket.destroy();
      resolve(how);
    };
    socket
      .setTimeout(ANSWER_MS, () => end('ETIMEDOUT'))
      .once(isSecure ? 'secureConnect' : 'connect', () => end(''))
      .once('error', ({ code = 'failed' }: NodeJS.ErrnoException) => end(code));
  });
}
