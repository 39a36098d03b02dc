/**
 * A real HTTP server on loopback that misbehaves on demand: the only way to get refused connections, resets, truncated
 * responses and byte-exact ones. It records every request as received.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { WebSocketServer } from 'ws';

export type Fault =
  /** The connection is reset before any response. */
  | 'reset'
  /** Headers, half of the body, then a reset. */
  | 'reset-in-body'
  /** The connection is closed normally in the middle of a body with Content-Length. */
  | 'truncate'
  /** Never responds; the connection stays open. */
  | 'hang'
  /** Headers, then nothing. */
  | 'hang-in-body'
  /** Bytes that are not HTTP. */
  | 'garbage';

export interface Behaviour {
  /** Default 200. */
  readonly status?: number;
  readonly headers?: Record<string, string | string[]>;
  /** Default "ok". */
  readonly body?: string | Buffer | null;
  /** Milliseconds before the headers. */
  readonly delayMs?: number;
  readonly fault?: Fault;
  /** Pieces of the body, this many milliseconds apart (chunked, as SSE and slow drips are). */
  readonly pieces?: readonly string[];
  readonly everyMs?: number;
  /** Compresses the body, with Content-Encoding. */
  readonly gzip?: boolean;
}

export interface Received {
  readonly method: string;
  /** Path and query as received. */
  readonly url: string;
  /** As received, in order, with their case. */
  readonly headers: [name: string, value: string][];
  /** The first value of a header, by any case; null if absent. */
  readonly header: (name: string) => string | null;
  /** Set when the body has ended. */
  body: Buffer;
  /** The body has ended. */
  done: boolean;
  /** The response is complete. */
  answered: boolean;
  /** The caller disconnected before the response was complete. */
  cancelled: boolean;
}
export type Handler = (received: Received, request: IncomingMessage, response: ServerResponse) => unknown;

export interface Origin {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** In order of arrival, added when the headers have arrived. */
  readonly received: Received[];
  /** Bytes of all connections as received, in order of arrival. */
  readonly bytes: () => Buffer;
  /** Connections accepted so far. */
  readonly connections: () => number;
  /** Changes the behaviour of later responses. */
  readonly behave: (behaviour: Behaviour | Handler) => void;
  /** Closes the port and all connections; new ones are refused. */
  readonly refuse: () => Promise<void>;
  /** Reopens the same port. */
  readonly accept: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** A tap test, or anything else with its `teardown`. */
export interface Tap {
  readonly teardown: (end: () => unknown) => unknown;
}

/** One that stops with the test. */
export async function originFor(t: Tap, first: Behaviour | Handler = {}): Promise<Origin> {
  const origin = await startOrigin(first);
  t.teardown(origin.stop);
  return origin;
}

export function originsFor<T extends readonly (Behaviour | Handler)[]>(
  t: Tap,
  ...each: T
): Promise<{ [K in keyof T]: Origin }> {
  return Promise.all(each.map((first) => originFor(t, first))) as Promise<{ [K in keyof T]: Origin }>;
}

/** WebSockets are echoed, with the first sub-protocol offered, unless the behaviour has a status other than 200. */
export async function startOrigin(first: Behaviour | Handler = {}, port = 0): Promise<Origin> {
  let behaviour = first;
  let connections = 0;
  const received: Received[] = [];
  const chunks: Buffer[] = [];
  const sockets = new Set<Socket>();
  // Never closes an idle connection: a POST that the gateway sends on it at that moment would be lost, and rightly so.
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    const record = recordRequest(request, response, received);
    Promise.resolve(respond(behaviour, record, request, response)).catch((error: unknown) =>
      response.destroy(error as Error),
    );
  });
  server.on('connection', (socket) => {
    connections++;
    sockets.add(socket);
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('close', () => sockets.delete(socket));
  });
  echoWebSockets(server, received, () => behaviour);
  const listen = (at: number) =>
    new Promise<void>((resolve, reject) =>
      server.once('error', reject).listen(at, '127.0.0.1', () => {
        server.off('error', reject);
        resolve();
      }),
    );
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  await listen(port);
  const bound = (server.address() as AddressInfo).port;
  let held: Socket | null = null;
  const stop = () => {
    held?.resetAndDestroy();
    held = null;
    return close();
  };
  return {
    url: `http://127.0.0.1:${bound}`,
    host: `127.0.0.1:${bound}`,
    port: bound,
    received,
    bytes: () => Buffer.concat(chunks),
    connections: () => connections,
    behave: (next) => void (behaviour = next),
    refuse: async () => {
      await close();
      held = await holdPort(bound);
    },
    accept: () => stop().then(() => listen(bound)),
    stop,
  };
}

/**
 * Keeps a port without a listener from being assigned to another process, which would respond instead of refusing: a
 * connection of the port with itself occupies it.
 */
async function holdPort(port: number): Promise<Socket> {
  const end = { host: '127.0.0.1', port } as const;
  const socket = connect({ ...end, localAddress: end.host, localPort: port }).unref();
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
  return socket;
}

/** Echoes messages, unless the behaviour has another status. */
function echoWebSockets(server: Server, received: Received[], current: () => Behaviour | Handler): void {
  const echo = new WebSocketServer({ noServer: true, perMessageDeflate: true });
  server.on('upgrade', (request, socket, head) => {
    const behaviour = current();
    recordRequest(request, null, received);
    const { status = 200 } = typeof behaviour === 'function' ? {} : behaviour;
    if (status !== 200) return void socket.end(`HTTP/1.1 ${status} Refused\r\nContent-Length: 0\r\n\r\n`);
    echo.handleUpgrade(request, socket, head, (peer) => {
      peer.on('message', (data, binary) => peer.send(data, { binary }));
      peer.on('error', () => undefined);
    });
  });
}

/** Without a handler or a fault, an origin reads the whole body before it responds, as most servers do. */
async function respond(
  behaviour: Behaviour | Handler,
  record: Received,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<unknown> {
  if (typeof behaviour === 'function') return behaviour(record, request, response);
  if (!behaviour.fault && !record.done)
    await new Promise((resolve) => void request.once('end', resolve).once('close', resolve));
  return act(behaviour, response);
}

/** Responds according to the behaviour; for handlers that need a default. */
export async function act(behaviour: Behaviour, response: ServerResponse): Promise<void> {
  const { status = 200, delayMs = 0, fault, pieces, everyMs = 0 } = behaviour;
  if (delayMs > 0) await sleep(delayMs);
  const { socket } = response;
  if (fault === 'hang') return;
  if (fault === 'reset') return void socket?.resetAndDestroy();
  if (fault === 'garbage') return void socket?.end('\x00\x01 this is no HTTP \x02\r\n\r\n');
  const plain = Buffer.from(behaviour.body ?? (behaviour.body === null ? '' : 'ok'));
  const body = behaviour.gzip ? gzipSync(plain) : plain;
  const encoding = behaviour.gzip ? { 'content-encoding': 'gzip' } : {};
  const bodiless = status === 204 || status === 304 || pieces !== undefined;
  const length = bodiless ? {} : { 'content-length': String(body.length) };
  // To a client a HEAD's response is whole before the fault comes: its next request would be on this connection.
  const last = fault ? { connection: 'close' } : {};
  const own = { 'content-type': 'text/plain', ...length, ...encoding, ...last };
  response.writeHead(status, { ...own, ...behaviour.headers });
  if (fault) return cutShort(fault, response, body);
  if (!pieces) return void response.end(bodiless ? undefined : body);
  response.flushHeaders();
  for (const piece of pieces) {
    response.write(piece);
    await sleep(everyMs);
  }
  response.end();
}

async function cutShort(fault: Fault, response: ServerResponse, body: Buffer): Promise<void> {
  response.flushHeaders();
  if (fault === 'hang-in-body') return;
  response.write(body.subarray(0, Math.floor(body.length / 2)));
  await sleep(20);
  if (fault === 'truncate') response.socket?.end();
  else response.socket?.resetAndDestroy();
}

function recordRequest(
  request: IncomingMessage,
  response: ServerResponse | null,
  received: Received[],
): Received {
  const headers = request.rawHeaders.flatMap((name, at): [string, string][] =>
    at % 2 === 0 ? [[name, request.rawHeaders[at + 1] ?? '']] : [],
  );
  const record: Received = {
    method: request.method ?? '',
    url: request.url ?? '',
    headers,
    header: (name) => headers.find(([one]) => one.toLowerCase() === name.toLowerCase())?.[1] ?? null,
    body: Buffer.alloc(0),
    done: false,
    answered: false,
    cancelled: false,
  };
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    record.body = Buffer.concat(chunks);
    record.done = true;
  });
  response?.on('close', () => {
    record.answered = response.writableFinished;
    record.cancelled = !record.answered;
  });
  received.push(record);
  return record;
}
