/**
 * What `npm start` runs around the Worker: three origins of different speed, a key verifier, and controls to disturb
 * them by hand. All of them are real HTTP servers on loopback, on ports chosen by the system.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../../lib/config/types.ts';

export type Demo = Awaited<ReturnType<typeof startDemo>>;
type DemoOrigin = Awaited<ReturnType<typeof startDemoOrigin>>;

export const DEMO_KEY = 'demo-key';
export const DEMO_TOKEN = 'demo-token';

export async function startDemo() {
  const origins = await Promise.all([
    startDemoOrigin('swift', 10),
    startDemoOrigin('steady', 40),
    startDemoOrigin('far', 120),
  ]);
  const control = createServer((request, response) => void operate(origins, request, response));
  const url = await listenOn(control, 0);
  const stop = async () => {
    await Promise.all([...origins.map((origin) => origin.stop()), close(control)]);
  };
  return {
    origins,
    /** The verifier and the controls: POST /stop/NAME, /start/NAME, /slow/NAME. */
    control: url,
    config: demoConfig(origins, url),
    stop,
  };
}

/** The tutorial's race, CORS and response headers on every path; the default policy under /steady; keys under /members; the operator's page. */
function demoConfig(origins: readonly DemoOrigin[], control: string): Config {
  const list = origins.map(({ name, url }) => ({ name, url }));
  return {
    pools: {
      race: { origins: list, balance: 'race', probe: { path: '/' } },
      nodes: { origins: list, probe: { path: '/' } },
    },
    routes: [
      { name: 'race', pool: 'race' },
      { name: 'steady', paths: ['/steady'], pool: 'nodes' },
      {
        name: 'members',
        paths: ['/members'],
        pool: 'nodes',
        auth: { verify: { url: `${control}/keys/{key}`, consumer: { username: '/name' } } },
        rateLimit: { minute: 60 },
      },
    ],
    cors: {},
    responseHeaders: { origin: 'Origin', country: 'Country', cacheControl: 'max-age=3', version: {} },
    status: { path: '/status', token: DEMO_TOKEN },
  };
}

async function startDemoOrigin(name: string, usualMs: number) {
  const server = createServer((request, response) => void serve(request, response));
  const url = await listenOn(server, 0);
  const origin = {
    name,
    url,
    /** Milliseconds until it responds; may be changed at any time. */
    delayMs: usualMs,
    usualMs,
    requests: 0,
    stop: () => close(server),
    start: () => listenOn(server, Number(new URL(url).port)).then(() => undefined),
  };
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    origin.requests++;
    const body = await text(request);
    await sleep(origin.delayMs);
    const { method, url: path } = request;
    const echo = { origin: name, method, path, ...(body ? { body } : {}) };
    sendJson(response, 200, method === 'POST' && path === '/' ? answerRequest(body) : echo);
  }
  return origin;
}

/** Like a Steem node: JSON-RPC on POST /, of which the tutorial uses login_api.get_version. */
function answerRequest(body: string): object {
  const context = parseCall(body);
  if (!context) return { jsonrpc: '2.0', error: { code: -32700, message: 'Parse error' }, id: null };
  const known = String(context.params?.[1] ?? context.method).endsWith('get_version');
  const version = { blockchain_version: '0.23.1', steem_revision: '38ffdc9', fc_revision: '38ffdc9' };
  const outcome = known ? { result: version } : { error: { code: -32601, message: 'Method not found' } };
  return { jsonrpc: '2.0', ...outcome, id: context.id ?? null };
}

function parseCall(body: string): { id?: unknown; method?: unknown; params?: unknown[] } | null {
  try {
    return JSON.parse(body) as { id?: unknown };
  } catch {
    return null;
  }
}

/** The verifier responds to /keys/KEY; the controls stop, start and slow down an origin. */
async function operate(
  origins: readonly DemoOrigin[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [, what, name = ''] = (request.url ?? '').split('/');
  const origin = origins.find((one) => one.name === name);
  if (what === 'keys') {
    if (name === DEMO_KEY) return sendJson(response, 200, { name: 'ada' });
    return sendJson(response, 404, { message: 'unknown key' });
  }
  if (!origin) return sendJson(response, 404, { message: `no origin is called ${name}` });
  if (what === 'stop') await origin.stop();
  else if (what === 'start') await origin.start().catch(() => undefined);
  else if (what === 'slow') origin.delayMs = 800;
  return sendJson(response, 200, { origin: name, now: what });
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
}

async function listenOn(server: Server, port: number): Promise<string> {
  await once(server.listen(port, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
