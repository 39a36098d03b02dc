/**
 * Every difference between two responses that a caller could notice. Pure: takes two responses and the rules, returns
 * the differences.
 *
 * What differs between any two servers is ignored: dates, request ids, connection management, the proxy's own headers,
 * rate limit counters, an encoding that the caller accepts. Redirects are compared relative to each gateway, lists of
 * tokens as sets, links in headers to the gateway itself as equal, and Content-Length if there was no body.
 */
import { valueOf, type Answer } from './answer.ts';
import { compareBodies } from './body.ts';
import { compareCookies } from './cookies.ts';
import { difference, sameMoment, type Difference } from './difference.ts';
import type { Options } from './options.ts';
import type { Recorded } from './recorded.ts';

/** "name*" matches all names with that prefix. */
const ALWAYS_DIFFERENT =
  `date age server via connection keep-alive transfer-encoding proxy-connection alt-svc nel report-to
  reporting-endpoints server-timing x-request-id x-correlation-id request-id x-amzn-trace-id x-amzn-requestid
  x-trace-id traceparent tracestate cf-ray cf-cache-status cf-worker cf-placement cf-request-id x-kong-* x-envoy-*
  x-runtime x-response-time x-served-by x-cache x-timer x-varnish ratelimit-remaining ratelimit-reset
  x-ratelimit-remaining* x-ratelimit-reset*`.split(/\s+/);
/** Lists whose order has no meaning (RFC 9110, section 5.6.1; Fetch, CORS). */
const SETS = new Set(
  `vary allow cache-control accept-ranges access-control-allow-headers access-control-allow-methods
  access-control-expose-headers allow-patch accept-patch clear-site-data`.split(/\s+/),
);
const DATES = new Set(['expires', 'last-modified', 'retry-after']);
/** Compared separately. */
const APART = new Set(['set-cookie', 'location', 'content-length']);
/** Faster answers count as this: below it a factor says nothing. */
const LATENCY_FLOOR_MS = 50;

export function compareAnswers(from: Answer, to: Answer, request: Recorded, options: Options): Difference[] {
  if (from.error !== null && to.error !== null) return [];
  if (from.error !== null || to.error !== null) {
    const shown = ({ error, status }: Answer): string => error ?? String(status);
    return [difference('answer', '', shown(from), shown(to), 'only one gateway answered')];
  }
  const found: Difference[] = [];
  if (from.status !== to.status) found.push(difference('status', '', String(from.status), String(to.status)));
  const [left, right] = [redirect(from, request.target), redirect(to, request.target)];
  if (left !== right) found.push(difference('redirect', 'location', left, right, 'relative to each gateway'));
  found.push(...compareHeaders(from, to, request, options));
  if (!isListed('set-cookie', options.ignoreHeader))
    found.push(...compareCookies(from, to, options.ignoreCookie));
  return [...found, ...compareBodies(from, to, options.ignorePointer)];
}

/** One is slower by the factor, if that is noticeable. */
export function compareLatency(fromMs: number, toMs: number, factor: number): Difference | null {
  const [a, b] = [fromMs, toMs].map((ms) => Math.max(ms, LATENCY_FLOOR_MS)) as [number, number];
  const ratio = Math.max(a / b, b / a);
  if (factor === 0 || ratio < factor) return null;
  const note = `${b > a ? 'slower' : 'faster'} by a factor of ${ratio.toFixed(0)}`;
  return difference('latency', '', `${fromMs.toFixed(0)} ms`, `${toMs.toFixed(0)} ms`, note);
}

function compareHeaders(from: Answer, to: Answer, request: Recorded, options: Options): Difference[] {
  const ignored = [...ALWAYS_DIFFERENT, ...options.ignoreHeader];
  const accepted = acceptedEncodings(request, options);
  const names = new Set([...from.headers, ...to.headers].map(([name]) => name));
  const found = [...names].flatMap((name) => {
    if (APART.has(name) || isListed(name, ignored)) return [];
    const [left, right] = [unlinked(name, from), unlinked(name, to)];
    if (left !== null && right !== null && sameValue(name, left, right)) return [];
    if (name === 'content-encoding' && accepted(left) && accepted(right)) return [];
    return [difference('header', name, left, right)];
  });
  const lengths = isListed('content-length', options.ignoreHeader) ? [] : compareLengths(from, to);
  return [...found, ...lengths];
}

/** Bodies are compared themselves; Content-Length is compared only without them, e.g. for HEAD and 304. */
function compareLengths(from: Answer, to: Answer): Difference[] {
  if (from.size > 0 || to.size > 0) return [];
  if (valueOf(from, 'content-encoding') !== valueOf(to, 'content-encoding')) return [];
  const [left, right] = [valueOf(from, 'content-length'), valueOf(to, 'content-length')];
  if (left === null || right === null || left === right) return [];
  return [difference('header', 'content-length', left, right)];
}

/** Which encodings the caller accepts: between two of them it notices no difference. */
function acceptedEncodings({ headers }: Recorded, { header }: Options): (encoding: string | null) => boolean {
  const sent = [...headers, ...header].findLast(([name]) => name.toLowerCase() === 'accept-encoding');
  const listed = tokensOf(sent?.[1] ?? '').map((token) => token.split(';', 1)[0]);
  return (encoding) => encoding === null || listed.includes(encoding.toLowerCase()) || listed.includes('*');
}

function sameValue(name: string, left: string, right: string): boolean {
  if (left === right) return true;
  if (SETS.has(name)) return setOf(left) === setOf(right);
  if (name === 'content-type') return typeOf(left) === typeOf(right);
  return DATES.has(name) && sameMoment(left, right);
}

const tokensOf = (list: string): string[] =>
  list
    .toLowerCase()
    .split(',')
    .map((token) => token.trim());
const setOf = (list: string): string => [...new Set(tokensOf(list))].sort().join(',');
const typeOf = (type: string): string => type.replaceAll(/\s*;\s*/g, ';').toLowerCase();

function isListed(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) =>
    pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
  );
}

/** The value without links to the gateway itself, in Link, Content-Location, CSP and the like. */
function unlinked(name: string, answer: Answer): string | null {
  const { url, basePath } = answer.gateway;
  return valueOf(answer, name)?.replaceAll(url.origin + basePath, '{gateway}') ?? null;
}

/** The redirect target relative to the gateway: the same path on the same gateway is the same redirect. */
function redirect(answer: Answer, target: string): string | null {
  const location = valueOf(answer, 'location');
  if (location === null) return null;
  const { host } = answer;
  const { url, basePath } = answer.gateway;
  const base = `${url.protocol}//${host}${basePath}${target}`;
  if (!URL.canParse(location, base)) return location;
  const { host: to, href, protocol, pathname, search, hash } = new URL(location, base);
  if (to !== host && to !== url.host) return href;
  const path = pathname.startsWith(`${basePath}/`) ? pathname.slice(basePath.length) : pathname;
  return `${protocol === url.protocol ? '' : protocol}${path}${search}${hash}`;
}
