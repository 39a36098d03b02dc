/**
 * What workerd writes, for people: the Worker's own lines as they are, and a failure of the runtime as one line that names the host.
 *
 * workerd wraps a console.log into an information of its own, and says of a failed connection what went wrong but not with whom. So the hosts
 * of the configuration are asked again from here.
 */
import { lookup } from 'node:dns/promises';
import { connect } from 'node:tls';

/** workerd shows console.log of a plain script as an information of its own, its arguments as JSON. */
export function consoleLines(log: string): string[] {
  const hits = log.matchAll(/console\.log\(\); message\(\) = (\[.*\])$/gm);
  return [...hits].map(([, json = '[]']) => (JSON.parse(json) as unknown[]).join(' '));
}

/** The same failure again says nothing new for this long. */
const QUIET_MS = 10_000;
const ANSWER_MS = 3000;
const NOISE = /: info: |^stack: |Noticed configuration change|^Reloading due to/;
const WRAPPED = /^\S+\.c\+\+:\d+: \w+: (?:e = )?(?:\S+:\d+: )?(?:failed: )?(.*)$/;

type Write = (line: string) => void;

/** Takes the lines of workerd's standard error. `urls` is asked for what the configuration names. */
export function createRuntimeLog(urls: () => readonly URL[], toOutput: Write, toError: Write): Write {
  const said = new Map<string, number>();
  const sayOnce = (line: string): void => {
    const now = performance.now();
    if (now - (said.get(line) ?? -Infinity) < QUIET_MS) return;
    if (said.size > 1000) said.clear();
    said.set(line, now);
    toError(line);
  };
  return (line) => {
    const logged = consoleLines(line);
    for (const text of logged) toOutput(text);
    if (logged.length > 0) return;
    if (line.trim() === '' || NOISE.test(line)) return;
    const [, reason] = WRAPPED.exec(line) ?? [];
    if (reason === undefined) return toError(line);
    const kind = kindOf(reason);
    if (kind === null) return sayOnce(reason.replace(/; sentryErrorContext.*$/, ''));
    void failingHosts(kind, urls()).then((hosts) => sayOnce(sentenceOf(kind, hosts, reason)));
  };
}

type Kind = 'dns' | 'tls';

function kindOf(reason: string): Kind | null {
  if (/failed to lookup address|getaddrinfo|DNS lookup failed/i.test(reason)) return 'dns';
  return /TLS handshake|certificate/i.test(reason) ? 'tls' : null;
}

function sentenceOf(kind: Kind, hosts: readonly string[], reason: string): string {
  const whom = hosts.length > 0 ? hosts.join(', ') : 'a host of the configuration (it answers by now)';
  if (kind === 'dns') return `Cannot reach ${whom}: the name does not resolve`;
  return `Cannot reach ${whom}: ${reason.replace(/; sentryErrorContext.*$/, '').replace(/^TLS/, 'the TLS')}`;
}

async function failingHosts(kind: Kind, urls: readonly URL[]): Promise<string[]> {
  const asked = new Map(
    urls.filter(({ protocol }) => kind === 'dns' || protocol === 'https:').map((url) => [url.host, url]),
  );
  const answers = await Promise.all(
    [...asked].map(async ([host, url]) =>
      (await (kind === 'dns' ? resolves(url) : shakesHands(url))) ? [] : [host],
    ),
  );
  return answers.flat();
}

function resolves(url: URL): Promise<boolean> {
  return lookup(nameOf(url)).then(
    () => true,
    () => false,
  );
}

function shakesHands(url: URL): Promise<boolean> {
  return new Promise((resolve) => {
    const host = nameOf(url);
    const socket = connect({ host, port: Number(url.port || 443), servername: host, timeout: ANSWER_MS });
    const end = (good: boolean) => (): void => {
      socket.destroy();
      resolve(good);
    };
    socket.once('secureConnect', end(true)).once('error', end(false)).once('timeout', end(false));
  });
}

function nameOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}
