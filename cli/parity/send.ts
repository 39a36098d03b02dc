/**
 * Sends one request to one gateway, over node:http and node:https: the only clients at hand that send the given Host
 * header and the target as recorded, follow no redirects, and return the raw body. fetch was rejected for all four
 * reasons.
 *
 * Never throws for network failures: a request without a response yields a response with an error.
 */
import http from 'node:http';
import https from 'node:https';
import { isIP } from 'node:net';
import { collect, noAnswer, type Answer } from './answer.ts';
import type { Gateway, Options } from './options.ts';
import type { Recorded } from './recorded.ts';

export interface Sender {
  readonly send: (gateway: Gateway, request: Recorded, signal: AbortSignal) => Promise<Answer>;
  /** The Host header of a request to the gateway. */
  readonly hostFor: (gateway: Gateway, request: Recorded) => string;
  readonly close: () => void;
}

export const SAFE = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/** Headers of one connection, not of the request (RFC 9110 section 7.6.1), or recomputed ones. */
const NOT_SENT = new Set(
  `host connection keep-alive proxy-connection proxy-authorization proxy-authenticate te trailer transfer-encoding
  upgrade http2-settings content-length expect`.split(/\s+/),
);

export function createSender(options: Options): Sender {
  const shared = { keepAlive: true, maxSockets: options.concurrency * 2, scheduling: 'lifo' } as const;
  const agents = { plain: new http.Agent(shared), secure: new https.Agent(shared) };
  const { host } = options;
  const hostFor: Sender['hostFor'] = (gateway, request) => {
    if (host.kind === 'fixed') return host.host;
    return host.kind === 'recorded' && request.host !== '' ? request.host : gateway.host;
  };
  return {
    hostFor,
    send: (gateway, request, stop) =>
      sendOnce({ gateway, request, host: hostFor(gateway, request), agents, options, stop }),
    close: () => {
      agents.plain.destroy();
      agents.secure.destroy();
    },
  };
}

function headersFor(
  request: Recorded,
  host: string,
  added: Options['header'],
): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = { host };
  const replaced = new Set(added.map(([name]) => name.toLowerCase()));
  for (const [name, value] of [
    ...request.headers.filter(([key]) => !replaced.has(key.toLowerCase())),
    ...added,
  ]) {
    const key = name.toLowerCase();
    if (NOT_SENT.has(key)) continue;
    const before = headers[key];
    headers[key] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
  }
  if (request.body) headers['content-length'] = String(request.body.length);
  return headers;
}

interface Agents {
  readonly plain: http.Agent;
  readonly secure: https.Agent;
}

interface Sending {
  readonly gateway: Gateway;
  readonly request: Recorded;
  readonly host: string;
  readonly agents: Agents;
  readonly options: Options;
  readonly stop: AbortSignal;
}

function sendOnce(sending: Sending): Promise<Answer> {
  const { request, options, stop } = sending;
  let resolve: (answer: Answer | Promise<Answer>) => void = () => undefined;
  const promise = new Promise<Answer>((settle) => (resolve = settle));
  const startedAt = performance.now();
  const nothing = (error: string): Answer => noAnswer(error, performance.now() - startedAt);
  const client = begin(sending);
  if (client instanceof Error) return Promise.resolve(nothing(client.message));
  let reason: string | null = null;
  const end = (why: string) => () => {
    reason ??= why;
    client.destroy();
  };
  const timer = setTimeout(end(`no answer in ${options.timeout} ms`), options.timeout);
  const interrupt = end('interrupted');
  stop.addEventListener('abort', interrupt, { once: true });
  let answered = false;
  client.on('response', (incoming) => {
    answered = true;
    const ms = performance.now() - startedAt;
    void collect(incoming, ms, options.maxBody, () => reason !== null).then(resolve);
  });
  client.on('error', (error: NodeJS.ErrnoException) => {
    if (answered) return;
    // The server closed the reused connection at the same moment: node's documented case for a retry.
    const stale = client.reusedSocket && error.code === 'ECONNRESET' && reason === null;
    if (stale) resolve(sendOnce(sending));
    else resolve(nothing(reason ?? error.code ?? error.message));
  });
  client.end(request.body ?? undefined);
  if (stop.aborted) interrupt();
  return promise.finally(() => {
    clearTimeout(timer);
    stop.removeEventListener('abort', interrupt);
  });
}

function begin({ gateway, request, host, agents, options }: Sending): http.ClientRequest | Error {
  const plan: https.RequestOptions = {
    host: gateway.hostname,
    port: gateway.port,
    method: request.method,
    path: gateway.basePath + request.target,
    headers: headersFor(request, host, options.header),
    // an unsafe request never uses a kept-alive connection, which might be closing at that moment
    agent: SAFE.has(request.method) && (gateway.secure ? agents.secure : agents.plain),
  };
  if (gateway.secure) {
    plan.servername = isIP(host.replace(/:\d+$/, '')) ? '' : host.replace(/:\d+$/, '');
    plan.rejectUnauthorized = !options.insecure;
  }
  try {
    return (gateway.secure ? https : http).request(plan);
  } catch (error) {
    return error instanceof Error ? error : new Error('cannot be sent');
  }
}
