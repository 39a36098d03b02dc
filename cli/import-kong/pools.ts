/**
 * Maps a service to a pool: the targets of the upstream that its host names, else the host itself.
 *
 * Kong retries attempts that were refused, reset or timed out and never looks at a status, so `retryOn` has no status;
 * it has no retry budget, so the budget is made practically unlimited; nothing is hedged. Two services on one upstream
 * with the same timeouts share a pool; with different ones each has its own, and its own view of the targets' health.
 */
import type { HashOn, Origin, Pool } from '../../lib/config/types.ts';
import { compact } from './checks.ts';
import { mapHealth } from './health.ts';
import { bracket, type Hosts, type Scheme } from './hosts.ts';
import { fieldOf, type Row } from './rows.ts';

const LONGEST = 2147483646;
/** Kong has no retry budget: every request may use all its `retries`. */
const NO_BUDGET = 10_000;

/** The pool of a service; `targets` are those of the upstream that its host names, null if it names none. */
export function mapPool(
  service: Row<'services'>,
  upstream: Row<'upstreams'> | null,
  targets: readonly Row<'targets'>[],
  hosts: Hosts,
): Pool {
  const { protocol = 'http', host = '', port = 80, retries = 5 } = service.fields;
  const scheme = protocol === 'https' || protocol === 'wss' ? 'https' : 'http';
  noteTls(service);
  if (upstream) noteTls(upstream);
  const origins = upstream
    ? targets.map((target) => mapTarget(target, scheme, upstream, hosts))
    : [hosts.urlOf(host, port, scheme, service.report)];
  const pool: Pool = {
    origins,
    ...mapTimes(service, retries),
    retries,
    retryOn: ['unreachable', 'timeout'],
    retryBudgetPercent: NO_BUDGET,
    retrySame: true,
    hedge: false,
  };
  return upstream
    ? { ...pool, ...mapAlgorithm(upstream), ...mapHealth(upstream) }
    : { ...pool, balance: 'round-robin', outlier: false };
}

/** Notes what the platform does differently, or not at all, on connections to servers. */
function noteTls(row: Row<'services' | 'upstreams'>): void {
  const lost = (field: string, text: string): void => row.report.at(field).note('lost', text);
  const authorities = fieldOf(row, 'ca_certificates');
  if (fieldOf(row, 'tls_verify') === false)
    lost('tls_verify', 'certificates are always verified: a server with an invalid one is unreachable (502)');
  if (row.fields.client_certificate !== undefined)
    lost(
      'client_certificate',
      'the gateway sends servers no certificate: a server that requires one rejects the connection',
    );
  if (Array.isArray(authorities) && authorities.length > 0)
    lost('ca_certificates', 'the platform decides which authorities it trusts');
  if (fieldOf(row, 'use_srv_name') === true) lost('use_srv_name', 'the Host is the name of the target');
}

function mapTarget(
  { report, fields: { target = '', weight = 100, failover } }: Row<'targets'>,
  scheme: Scheme,
  { fields: { host_header: hostHeader } }: Row<'upstreams'>,
  hosts: Hosts,
): Origin {
  const [, host = target, port = 8000] = /^(\[[^\]]+\]|[^:]+):(\d+)$/.exec(target) ?? [];
  return {
    url: hosts.urlOf(host, Number(port), scheme, report),
    name: `${bracket(host)}:${Number(port)}`,
    weight,
    ...compact({
      priority: failover === true ? 1 : undefined,
      hostHeader: hostHeader === bracket(host) ? undefined : hostHeader,
    }),
  };
}

const FAIL_FAST_MS = 250;

/**
 * One timeout per attempt, until the headers: read_timeout. A fetch does not report when it is connected, so
 * connect_timeout cannot be applied separately: a slow response must not be aborted after it. Only a connect_timeout so
 * short that it means "fail immediately" is used, with a minimum that gives a fetch time to be sent. Kong limits only
 * each attempt; the total timeout leaves room for one more attempt, and at least a second for timers that fire late on
 * a busy machine, so that it never aborts the last attempt.
 */
function mapTimes(
  { report, fields }: Row<'services'>,
  retries: number,
): Pick<Pool, 'timeoutMs' | 'totalTimeoutMs'> {
  const { connect_timeout: connect = 60_000, read_timeout: read = 60_000 } = fields;
  const failsFast = connect <= FAIL_FAST_MS && connect < read;
  const timeoutMs = failsFast ? FAIL_FAST_MS : Math.max(read, FAIL_FAST_MS);
  const late = failsFast
    ? `the whole attempt gets ${timeoutMs} ms until its headers`
    : 'an attempt without a response ends after read_timeout';
  if (failsFast || (connect !== 60_000 && connect !== read))
    report.at('connect_timeout').note('lost', `the connection cannot be timed separately: ${late}`);
  return {
    timeoutMs,
    totalTimeoutMs: Math.min(LONGEST, timeoutMs * (retries + 1) + Math.max(timeoutMs, 1000)),
  };
}

function mapAlgorithm(upstream: Row<'upstreams'>): Pick<Pool, 'balance' | 'hashOn' | 'hashFallback'> {
  const { algorithm, slots = 10_000, sticky_sessions_cookie: cookie = 'sticky' } = upstream.fields;
  const lost = (field: string, text: string): void => upstream.report.at(field).note('lost', text);
  if (algorithm === 'least-connections' || algorithm === 'latency') return { balance: algorithm };
  if (algorithm === 'sticky-sessions') {
    lost(
      'algorithm',
      'sticky-sessions becomes consistent hashing on its cookie: the ring assigns the target',
    );
    return { balance: 'consistent-hash', hashOn: { cookie } };
  }
  const hashOn = mapHash(upstream, 'hash_on');
  if (hashOn === undefined) return { balance: 'round-robin' };
  if (slots !== 10_000 && slots >= 1000)
    lost('slots', 'the ring has 10000 slots, so some hash values move to another target');
  const hashFallback = mapHash(upstream, 'hash_fallback');
  return { balance: 'consistent-hash', hashOn, ...compact({ hashFallback }) };
}

/** The hash input; undefined: none. Kong has one cookie for both fields. */
function mapHash({ fields }: Row<'upstreams'>, field: 'hash_on' | 'hash_fallback'): HashOn | undefined {
  const { hash_on_cookie: cookie = '', hash_on_cookie_path: path } = fields;
  const on = fields[field];
  switch (on) {
    case 'consumer':
    case 'ip':
    case 'path':
      return on;
    case 'header':
      return { header: fields[`${field}_header`] ?? '' };
    case 'cookie':
      return { cookie, ...compact({ path }) };
    case 'query_arg':
      return { query: fields[`${field}_query_arg`] ?? '' };
    case 'uri_capture':
      return { uriCapture: fields[`${field}_uri_capture`] ?? '' };
    default:
      return undefined;
  }
}
