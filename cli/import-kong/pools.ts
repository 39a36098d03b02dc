/**
 * Maps a service to a pool: the targets of the upstream that its host names, else the host itself.
 *
 * Kong retries attempts that were refused, reset or timed out and never looks at a status, so `retryOn` has no status;
 * it has no retry budget, so the budget is made practically unlimited; nothing is hedged. Two services on one upstream
 * with the same timeouts share a pool; with different ones each has its own, and its own view of the targets' health.
 */
import { type HashOn, type Origin, type Pool } from '../../lib/config/types.ts';
import { mapHealth } from './health.ts';
import { bracket, type Hosts } from './hosts.ts';
import { type Report } from './report.ts';
import { type Row } from './rows.ts';

const LONGEST = 2147483646;
/** Kong has no retry budget: every request may use all its `retries`. */
const NO_BUDGET = 10_000;

export interface PoolContext {
  readonly hosts: Hosts;
  readonly report: Report;
}

/** The pool of a service; `targets` are those of the upstream that its host names, null if it names none. */
export function mapPool(
  service: Row,
  upstream: Row | null,
  targets: readonly Row[],
  { hosts, report }: PoolContext,
): Pool {
  const scheme = schemeOf(service);
  const retries = number(service, 'retries', 5);
  noteTls(service, report);
  if (upstream) noteTls(upstream, report);
  const host = String(service.fields['host']);
  const origins = upstream
    ? targets.map((target) => mapTarget(target, scheme, upstream, hosts))
    : [hosts.urlOf(host, number(service, 'port', 80), scheme, service.at)];
  const pool: Pool = {
    origins,
    ...mapTimes(service, retries, report),
    retries,
    retryOn: ['unreachable', 'timeout'],
    retryBudgetPercent: NO_BUDGET,
    retrySame: true,
    hedge: false,
  };
  return upstream
    ? { ...pool, ...mapAlgorithm(upstream, report), ...mapHealth(upstream, report) }
    : { ...pool, balance: 'round-robin', outlier: false };
}

/** Notes what the platform does differently, or not at all, on connections to the servers. */
function noteTls(row: Row, report: Report): void {
  const {
    tls_verify: verify,
    client_certificate: client,
    ca_certificates: authorities,
    use_srv_name: srv,
  } = row.fields;
  const note = (field: string, text: string): void =>
    report.note({ effect: 'lost', at: [...row.at, field], text });
  if (verify === false)
    note(
      'tls_verify',
      'certificates are always verified, a server whose own does not pass is unreachable (502)',
    );
  if (client !== undefined)
    note('client_certificate', 'the gateway shows servers no certificate, one that asks for it refuses');
  if (Array.isArray(authorities) && authorities.length > 0)
    note('ca_certificates', 'the platform decides whose certificates are good');
  if (srv === true) note('use_srv_name', 'the Host is the name of the target');
}

function schemeOf(service: Row): 'http' | 'https' {
  return /^(https|wss)$/.test(String(service.fields['protocol'])) ? 'https' : 'http';
}

function mapTarget(target: Row, scheme: 'http' | 'https', upstream: Row, hosts: Hosts): Origin {
  const text = String(target.fields['target']);
  const parts = /^(\[[^\]]+\]|[^:]+):(\d+)$/.exec(text);
  const host = parts ? parts[1]! : text;
  const port = parts ? Number(parts[2]) : 8000;
  const asked = upstream.fields['host_header'];
  const hostHeader = typeof asked === 'string' && asked !== bracket(host) ? { hostHeader: asked } : {};
  return {
    url: hosts.urlOf(host, port, scheme, target.at),
    name: `${bracket(host)}:${port}`,
    weight: number(target, 'weight', 100),
    ...(target.fields['failover'] === true ? { priority: 1 } : {}),
    ...hostHeader,
  };
}

/**
 * One timeout per attempt, until the headers: read_timeout. A fetch does not report when it is connected, so
 * connect_timeout cannot be applied separately: a slow response must not be aborted after it. Only a connect_timeout so
 * short that it means "fail immediately" is used, with a minimum that gives a fetch time to be sent. Kong limits only
 * each attempt; the total timeout leaves room for one more attempt, and at least a second for timers that fire late on
 * a busy machine, so that it never aborts the last attempt.
 */
function mapTimes(service: Row, retries: number, report: Report): Pick<Pool, 'timeoutMs' | 'totalTimeoutMs'> {
  const connect = number(service, 'connect_timeout', 60_000);
  const read = number(service, 'read_timeout', 60_000);
  const hasty = connect <= HASTY_MS && connect < read;
  const timeoutMs = hasty ? HASTY_MS : Math.max(read, HASTY_MS);
  const late = hasty
    ? `the whole attempt gets ${timeoutMs} ms until its headers`
    : 'a server that never answers is given up after read_timeout';
  if (hasty || (connect !== 60_000 && connect !== read))
    report.note({
      effect: 'lost',
      at: [...service.at, 'connect_timeout'],
      text: `connecting cannot be timed apart: ${late}`,
    });
  return {
    timeoutMs,
    totalTimeoutMs: Math.min(LONGEST, timeoutMs * (retries + 1) + Math.max(timeoutMs, 1000)),
  };
}
const HASTY_MS = 250;

function mapAlgorithm(upstream: Row, report: Report): Pick<Pool, 'balance' | 'hashOn' | 'hashFallback'> {
  const { algorithm, hash_on: hash, slots } = upstream.fields;
  if (algorithm === 'least-connections' || algorithm === 'latency') return { balance: algorithm };
  if (algorithm === 'sticky-sessions') {
    const cookie = String(upstream.fields['sticky_sessions_cookie'] ?? 'sticky');
    report.note({
      effect: 'lost',
      at: [...upstream.at, 'algorithm'],
      text: 'sticky-sessions becomes consistent hashing on its cookie: a caller stays where the ring puts it',
    });
    return { balance: 'consistent-hash', hashOn: { cookie } };
  }
  const hashOn = mapHash(upstream, 'hash_on');
  if (hash === undefined || hash === 'none' || hashOn === null) return { balance: 'round-robin' };
  if (typeof slots === 'number' && slots !== 10_000 && slots >= 1000)
    report.note({
      effect: 'lost',
      at: [...upstream.at, 'slots'],
      text: 'the ring has 10000 places, so some hash values move to another target',
    });
  const hashFallback = mapHash(upstream, 'hash_fallback');
  return { balance: 'consistent-hash', hashOn, ...(hashFallback ? { hashFallback } : {}) };
}

/** What is hashed, if it has a name: Kong's word and the one here. */
const NAMED: ReadonlyMap<unknown, string> = new Map([
  ['header', 'header'],
  ['cookie', 'cookie'],
  ['query_arg', 'query'],
  ['uri_capture', 'uriCapture'],
]);

function mapHash({ fields }: Row, field: 'hash_on' | 'hash_fallback'): HashOn | null {
  const on = fields[field];
  if (on === 'consumer' || on === 'ip' || on === 'path') return on;
  const kind = NAMED.get(on);
  if (kind === undefined) return null;
  // There is one cookie for both.
  const name = String(fields[`${on === 'cookie' ? 'hash_on' : field}_${String(on)}`] ?? '');
  const path = on === 'cookie' ? fields['hash_on_cookie_path'] : undefined;
  return { [kind]: name, ...(typeof path === 'string' ? { path } : {}) } as HashOn;
}

function number(row: Row, field: string, fallback: number): number {
  const value = row.fields[field];
  return typeof value === 'number' ? value : fallback;
}
