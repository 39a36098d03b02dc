/**
 * The origin server behind every contestant: small and fast, so that the measurement shows the contestant.
 *
 * A process that startOrigins forks: it sends the addresses of its two listeners to its parent and ends with it. Every
 * response is delayed by so many milliseconds as its argument says, to simulate distance. Loopback only.
 *
 *   GET  /json       27 bytes of JSON                 GET  /mega     one megabyte
 *   POST /echo       reads the body, counts its bytes GET  /slow     five events, 200 ms apart (server-sent events)
 *   GET  /verify     a key verifier: keys that start with "good" are good
 *   GET  /count      requests seen since the last call, on all paths but this; it starts again at nothing
 *   POST /           the tutorial's version call       anything else  the small JSON
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const SMALL = Buffer.from('{"message":"hello, world!"}');
const MEGA = Buffer.alloc(1_000_000, 'x');
let seen = 0;

function reply(response: ServerResponse, status: number, type: string, body: Buffer): void {
  response.writeHead(status, { 'content-type': type, 'content-length': body.length });
  response.end(body);
}

function stream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  let sent = 0;
  const timer = setInterval(() => {
    response.write(`data: ${sent}\n\n`);
    if (++sent === 5) response.end(() => clearInterval(timer));
  }, 200);
  response.on('close', () => clearInterval(timer));
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const url = request.url ?? '/';
  if (url === '/count') {
    reply(response, 200, 'application/json', Buffer.from(String(seen)));
    seen = 0;
    return;
  }
  seen++;
  if (request.method === 'POST') {
    let bytes = 0;
    request.on('data', (chunk: Buffer) => (bytes += chunk.length));
    request.on('end', () =>
      reply(response, 200, 'application/json', url === '/' ? SMALL : Buffer.from(`{"bytes":${bytes}}`)),
    );
  } else if (url === '/mega') reply(response, 200, 'application/octet-stream', MEGA);
  else if (url === '/slow') stream(response);
  else if (url.startsWith('/verify')) {
    const key = request.headers['x-key'] ?? url.slice(url.indexOf('=') + 1);
    reply(response, String(key).startsWith('good') ? 200 : 401, 'application/json', SMALL);
  } else reply(response, 200, 'application/json', SMALL);
}

async function listen(delayMs: number): Promise<string> {
  const late = (request: IncomingMessage, response: ServerResponse): unknown =>
    setTimeout(answer, delayMs, request, response);
  const server = createServer({ keepAliveTimeout: 60_000 }, delayMs > 0 ? late : answer);
  server.listen(0, '127.0.0.1', 4096);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

process.on('disconnect', () => process.exit());
const delayMs = Number(process.argv[2]);
process.send?.([await listen(delayMs), await listen(delayMs)]);
