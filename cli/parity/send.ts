/**
 * Sends one request to one gateway, over node:http and node:https: the only clients at hand that send the given Host
 * header and the target as recorded, follow no redirects, and return the raw body. fetch was rejected for all four
 * reasons.
 *
 * Never throws for network failures: a request without a response yields a response with an error.
 */
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import { isIP } from 'node:net';
import { noAnswer, readAnswer, type Answer, type Received } from './answer.ts';
import type { Gateway, Options } from './options.ts';
import type { Recorded } from './recorded.ts';

export interface Sender {
  readonly send: (gateway: Gateway, request: Recorded) => Promise<Answer>;
  readonly close: () => void;
}

export const SAFE = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/** Headers of one connection, not of the request (RFC 9110 section 7.6.1), or recomputed ones. */
const NOT_SENT = new Set(
  `host connection keep-alive proxy-connection proxy-authorization proxy-authenticate te trailer transfer-encoding
  upgrade http2-settings content-length expect`.split(/\s+/),
);

export function createSender(options: Options, stop: AbortSignal): Sender {
  const shared = { keepAlive: true, maxSockets: options.concurrency * 2, scheduling: 'lifo' } as const;
  const plain = new http.Agent(shared);
  const secure = new https.Agent(shared);
  return {
    async send(gateway, request) {
      const { url, basePath } = gateway;
      const host = hostFor(url, request, options.host);
      const name = host.replace(/:\d+$/, '');
      const plan = {
        protocol: url.protocol,
        hostname: url.hostname.replace(/^\[|\]$/g, ''),
        port: url.port,
        method: request.method,
        path: basePath + request.target,
        headers: headersFor(request, host, options.header),
        servername: isIP(name) ? '' : name,
        rejectUnauthorized: !options.insecure,
        // An unsafe request never uses a kept-alive connection, which might be closing at that moment.
        agent: SAFE.has(request.method) && (url.protocol === 'https:' ? secure : plain),
      };
      return { gateway, host, ...(await sendOnce(plan, request.body, options.timeout, stop)) };
    },
    close() {
      plain.destroy();
      secure.destroy();
    },
  };
}

function hostFor(url: URL, request: Recorded, host: string): string {
  if (host !== 'base' && host !== 'recorded') return host;
  return host === 'recorded' && request.host !== '' ? request.host : url.host;
}

function headersFor(request: Recorded, host: string, added: Options['header']): http.OutgoingHttpHeaders {
  const replaced = new Set(added.map(([name]) => name.toLowerCase()));
  const kept = request.headers.filter(([name]) => !replaced.has(name.toLowerCase()));
  const headers: Record<string, string | string[]> = { host };
  for (const [name, value] of [...kept, ...added]) {
    const key = name.toLowerCase();
    if (!NOT_SENT.has(key))
      headers[key] = Object.hasOwn(headers, key) ? [headers[key] ?? [], value].flat() : value;
  }
  if (request.body) headers['content-length'] = String(request.body.length);
  return headers;
}

async function sendOnce(
  plan: https.RequestOptions,
  body: Buffer | null,
  timeoutMs: number,
  stop: AbortSignal,
): Promise<Received> {
  const startedAt = performance.now();
  const timeout = AbortSignal.timeout(timeoutMs);
  let client: http.ClientRequest | undefined;
  try {
    const signal = AbortSignal.any([stop, timeout]);
    client = (plan.protocol === 'https:' ? https : http).request({ ...plan, signal });
    // A failure after the headers shows in the body.
    client.on('error', () => undefined);
    client.end(body ?? undefined);
    const [incoming] = (await once(client, 'response')) as [http.IncomingMessage];
    return await readAnswer(incoming, performance.now() - startedAt, timeout);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // The server closed the reused connection at the same moment: node's documented case for a retry.
    if (client?.reusedSocket && code === 'ECONNRESET') return sendOnce(plan, body, timeoutMs, stop);
    const reason = timeout.aborted ? `no answer in ${timeoutMs} ms` : (code ?? message);
    return noAnswer(reason, performance.now() - startedAt);
  }
}
