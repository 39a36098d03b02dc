/**
 * Creates the context of a request: its URL, parsed once, and its caller.
 *
 * Reads only the headers that it must: each costs as much as all the rest here. Values that are rarely needed are read
 * on first use (core/request.ts).
 */
import type { Parts, Trust } from '../core/feature.ts';
import { peerOf, type Context, type PlatformRequest, type Reader } from '../core/request.ts';
import { refuse } from '../core/errors.ts';
import { readHost } from '../core/url-host.ts';
import { readPath } from '../core/url-path.ts';
import type { Runtime } from '../core/runtime.ts';
import type { Settings } from '../config/types.ts';
import type { State } from './state.ts';

/** The part of the platform's FetchEvent that is used. */
interface Arrival {
  readonly request: Request;
  readonly waitUntil: (work: Promise<unknown>) => void;
}

/** How this isolate reads requests. */
export interface ContextReader extends Reader {
  readonly trust: Trust | null;
  /**
   * Whether this is plain workerd, where the platform reports the peer's address in `cf`; null before the first request,
   * which shows it: parsing Cloudflare's `cf`, two kilobytes of JSON, on every request would be wasteful.
   */
  selfHosted: boolean | null;
}

export function createReader(settings: Settings, parts: Parts, runtime: Runtime): ContextReader {
  const trust = parts.trust?.(settings) ?? null;
  return {
    trust,
    hostOverride: parts.hostOverride ?? null,
    dnsErrors: settings.compat === null ? null : (parts.dnsErrors ?? null),
    selfHosted: null,
    ipv6Prefix: settings.ipv6Prefix ?? (settings.compat === null ? null : 128),
    id: ({ trusted, headers }) => (trusted ? trust!.id(headers) : null) ?? runtime.id(),
  };
}

/** Creates a request's context. `request.url` is always absolute. */
export function openContext(event: Arrival, state: State): Context {
  const { request }: { request: PlatformRequest } = event;
  const { headers, method, url } = request;
  const { settings, reader, metrics } = state;
  const kong = settings.compat === null ? null : settings;
  const hostAt = url.indexOf('//') + 2;
  const pathAt = url.indexOf('/', hostAt);
  // "OPTIONS *": plain workerd appends the asterisk to the host.
  const sent = pathAt < 0 ? url.slice(hostAt).replace(/\*$/, '') : url.slice(hostAt, pathAt);
  const host = kong ? readKongHost(headers.get('host') ?? sent) : readHost(sent);
  const target = pathAt < 0 ? '/' : readPath(url.slice(pathAt), kong === null);
  const [path = '/'] = target?.split('?', 1) ?? [];
  const query = target?.slice(path.length) ?? '';
  const readable = host !== null && target !== null && (kong === null || !NGINX_REJECTS.test(path));
  const selfHosted = (reader.selfHosted ??= request.cf?.clientIp !== undefined);
  const { trust } = reader;
  const peer = trust === null ? null : peerOf(request, selfHosted);
  const client = peer === null ? null : trust!.client(peer, headers);
  const trusted = client !== null;
  const secure = (trusted ? trust!.secure(headers) : null) ?? url.startsWith('https:');
  // One literal with all fields that the steps fill in: spreading a second literal into it cost one per cent of a whole
  // request, and getters for the fields that are computed on first use cost 2 µs.
  return {
    request,
    headers,
    method,
    scheme: secure ? 'https' : 'http',
    host: host ?? '',
    path,
    query,
    unreadable: readable ? null : UNREADABLE,
    selfHosted,
    trusted,
    startedAt: state.runtime.now(),
    kong,
    forward: state.forward,
    waitUntil: (work) => event.waitUntil(work),
    reader,
    names: null,
    normalPath: null,
    caller: peer === null ? null : { peer, client: client ?? peer },
    id: null,
    route: null,
    matchedPath: '',
    captures: null,
    consumer: null,
    credentialId: null,
    anonymous: false,
    originQuery: query,
    originMethod: method,
    originPath: null,
    claimed: [],
    fields: null,
    originHeaders: [],
    body: null,
    stopped: null,
    upload: null,
    costsPassed: false,
    correlationId: null,
    span: null,
    cache: null,
    answerHeaders: [],
    admittedAt: 0,
    sentAt: 0,
    answeredAt: 0,
    attempts: 0,
    failed: null,
    origin: null,
    pool: -1,
    trace: null,
    metrics,
  };
}

const UNREADABLE = refuse('bad_request', 400, 'Bad request');

/** Escapes in a path for which nginx, and so Kong, answers 400: a zero byte and malformed ones. */
const NGINX_REJECTS = /%(?:00|(?![\da-f]{2}))/i;

/**
 * Kong compares and forwards hosts as sent. Rejected are those that nginx rejects, such as two Host headers, which the
 * platform joins, and one that is longer than any valid host.
 */
const readKongHost = (sent: string): string | null => (sent.length > 260 || /[\s/]/.test(sent) ? null : sent);
