/**
 * One loopback server that represents every origin of a case: workerd sends it all requests with their real Host, so
 * the Host (or with preserveHost the name in the request's `cf`) identifies the intended target.
 *
 * A refused connection is simulated by a reset: a Worker cannot distinguish the two.
 */
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { act, startOrigin, type Origin, type Received } from '../support/origin.ts';
import type { MockRule } from './case.ts';

type Rules = Readonly<Record<string, MockRule>>;

export interface Mock {
  readonly port: number;
  /** Requests since the last reset, without active checks. */
  readonly hits: () => readonly Received[];
  /** Requests for a log server or a collector since the last `reset`; they are not hits. */
  readonly logged: () => readonly Received[];
  /** Forgets the requests; sequences continue. */
  readonly forget: () => void;
  /** Forgets everything and applies these rules. `checkPath` is the path of active checks. */
  readonly reset: (rules: Rules, checkPath?: string | null) => void;
  /** Responses wait until this many requests have arrived; 1: immediate. */
  readonly hold: (count: number) => void;
  readonly stop: () => Promise<void>;
}

export async function startMock(): Promise<Mock> {
  let rules: Rules = {};
  let checks: string | null = null;
  let held = 1;
  let hits: Received[] = [];
  let logged: Received[] = [];
  let counts: Record<string, number> = {};
  const waiting: (() => void)[] = [];
  const nextTurn = (of: string): number => (counts[of] = (counts[of] ?? 0) + 1) - 1;
  const origin: Origin = await startOrigin(async (received, _request, response) => {
    const path = received.url.split('?')[0]!;
    const target = targetOf(received);
    const rule = rules[path] ?? rules[target] ?? rules['default'] ?? {};
    if (path === checks) {
      const { probeStatus = 200, probeSequence = [probeStatus] } = rule;
      return act({ status: statusOfTurn(probeSequence, nextTurn(`check ${target}`)) }, response);
    }
    if (isLogServer(target)) {
      logged.push(received);
      return act({ status: 200 }, response);
    }
    hits.push(received);
    if (hits.length >= held) for (const go of waiting.splice(0)) go();
    else await new Promise<void>((resolve) => waiting.push(resolve));
    // A connection that is reset must not be shared with another target's requests.
    const resets = Object.values(rules).some(({ fault }) => fault !== undefined);
    await answer(rule, received, () => nextTurn(target), response, resets ? { connection: 'close' } : {});
  });
  const forget = (): void => {
    hits = [];
    origin.received.length = 0;
  };
  return {
    port: origin.port,
    // A WebSocket never reaches the handler.
    hits: () => (hits.length > 0 ? hits : origin.received.filter((one) => !isLogServer(targetOf(one)))),
    logged: () => logged,
    reset: (next, checkPath = null) => {
      [rules, checks, held, counts, logged] = [next, checkPath, 1, {}, []];
      forget();
    },
    forget,
    hold: (count) => void (held = count),
    stop: origin.stop,
  };
}

const isLogServer = (target: string): boolean => /^(log|otel)\.test:/.test(target);

/** `host:port` of the target; the scheme's default port is included. */
export function targetOf(received: Received): string {
  const cf = received.header('x-test-cf');
  const override = cf === null ? undefined : (JSON.parse(cf) as { resolveOverride?: string }).resolveOverride;
  const host = override ?? received.header('host') ?? '';
  const port = /:\d+$/.exec(received.header('host') ?? '')?.[0] ?? ':80';
  return /:\d+$/.test(host) ? host : `${host}${override === undefined ? ':80' : port}`;
}

async function answer(
  rule: MockRule,
  received: Received,
  nextTurn: () => number,
  response: ServerResponse,
  more: Record<string, string>,
): Promise<void> {
  // The time-outs that it exceeds are longer, too.
  if (rule.delaySeconds !== undefined) await sleep(rule.delaySeconds * 5000);
  const { fault } = rule;
  if (fault === 'hang' || fault === 'connect-timeout') return;
  if (fault !== undefined) return act({ fault: 'reset' }, response);
  const status = rule.sequence
    ? statusOfTurn(rule.sequence, nextTurn())
    : (rule.status ?? statusOfPath(received.url));
  const named = Object.entries({ ...headersOfPath(received.url), ...rule.headers }).map(([name, value]) => [
    name.toLowerCase(),
    value,
  ]);
  const headers = {
    'content-type': 'application/json',
    server: 'mock',
    ...more,
    ...(Object.fromEntries(named) as Record<string, string>),
  };
  const body = rule.body ?? JSON.stringify({ code: status });
  // A rule without headers means none, not even Content-Type.
  if (rule.headers && named.length === 0)
    return void response.writeHead(status, { server: 'mock' }).end(body);
  if (!rule.chunked) return act({ status, headers, body }, response);
  // Trailer is not allowed together with Content-Length, and Node writes hop-by-hop headers only if they are set one by
  // one.
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  response.socket?.end(
    `HTTP/1.1 ${status} OK\r\n${lines.join('\r\n')}\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`,
  );
}

/** The last status of a sequence repeats; "500 once" and "then 200" express the same. */
function statusOfTurn(sequence: readonly (number | string)[], turn: number): number {
  const entry = sequence[Math.min(turn, sequence.length - 1)];
  return typeof entry === 'number' ? entry : Number(/\d{3}/.exec(entry ?? '')?.[0] ?? 200);
}

function statusOfPath(url: string): number {
  const status = Number(/^\/status\/(\d{3})/.exec(url)?.[1] ?? 200);
  return status >= 200 && status <= 599 ? status : 200;
}

/** `/response-headers?a=b` responds with the header a: b. */
function headersOfPath(url: string): Record<string, string> {
  const { pathname, searchParams } = new URL(url, 'http://mock');
  return pathname === '/response-headers' ? Object.fromEntries(searchParams) : {};
}
