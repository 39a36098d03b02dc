/**
 * A client that sends exactly the given bytes and returns exactly those received: duplicate headers, their order and
 * case, framing. For everything that fetch would normalize or forbid.
 */
import { connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  readonly reason: string;
  /** As received, in order, with their case. */
  readonly headers: [name: string, value: string][];
  /** The first value of a header, by any case; null if absent. */
  readonly header: (name: string) => string | null;
  /** All values of a header. */
  readonly all: (name: string) => string[];
  /** Without chunked framing; still compressed if received so. */
  readonly body: Buffer;
  readonly text: string;
  /** Everything received, including further responses on the connection. */
  readonly raw: Buffer;
  /** The body is complete according to its framing. */
  readonly complete: boolean;
}
export interface RawRequest {
  readonly method?: string;
  /** Sent unchanged: dot segments, double slashes, percent signs. Default "/". */
  readonly path?: string;
  /** Default 127.0.0.1:port; null sends no Host header. */
  readonly host?: string | null;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: string | Buffer;
}
export interface RawOptions {
  /** Gives up and resolves with what was received; default 30000. */
  readonly timeoutMs?: number;
  /** Resets the connection once this resolves, like a caller who disconnects. */
  readonly reset?: Promise<unknown>;
  /** A complete response is not the end: others may follow. */
  readonly untilClosed?: boolean;
  /** The local address; any of 127.0.0.0/8. */
  readonly from?: string;
}

/** Composes and sends a request; a body gets a Content-Length unless the headers already frame it. */
export function rawRequest(
  port: number,
  request: RawRequest = {},
  options: RawOptions = {},
): Promise<RawAnswer> {
  const { method = 'GET', path = '/', host = `127.0.0.1:${port}`, headers = [], body = '' } = request;
  const lines = [`${method} ${path} HTTP/1.1`, ...(host === null ? [] : [`Host: ${host}`])];
  for (const [name, value] of headers) lines.push(`${name}: ${value}`);
  const framed = headers.some(([name]) => /^(content-length|transfer-encoding)$/i.test(name));
  if (body.length > 0 && !framed) lines.push(`Content-Length: ${Buffer.byteLength(body)}`);
  return rawBytes(
    port,
    Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), Buffer.from(body)]),
    options,
  );
}

/**
 * Sends bytes; resolves when one complete response has arrived, the connection ends or the time is over. Rejects if
 * nothing was received.
 */
export function rawBytes(port: number, bytes: string | Buffer, options: RawOptions = {}): Promise<RawAnswer> {
  const head = String(bytes).startsWith('HEAD ');
  return new Promise((resolve, reject) => {
    let received: Buffer = Buffer.alloc(0);
    const local = options.from === undefined ? {} : { localAddress: options.from };
    const socket = connect({ port, host: '127.0.0.1', ...local }, () => socket.write(bytes));
    const finish = (ended: boolean, error?: Error) => {
      clearTimeout(timer);
      socket.destroy();
      const answer = parseAnswer(received, head, ended);
      if (answer) resolve(answer);
      else
        reject(
          error ??
            new Error(`No answer, received ${received.length} bytes: ${received.toString('latin1', 0, 80)}`),
        );
    };
    const timer = setTimeout(
      () => finish(false, new Error('No answer in time')),
      options.timeoutMs ?? 30_000,
    );
    void options.reset?.then(() => {
      clearTimeout(timer);
      socket.resetAndDestroy();
      reject(new Error('Reset by the test'));
    });
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (!options.untilClosed && parseAnswer(received, head, false)?.complete) finish(false);
    });
    socket.on('end', () => finish(true));
    socket.on('error', (error) => finish(true, error));
  });
}

/** Parses the first final response; null while its head is incomplete. */
export function parseAnswer(bytes: Buffer, head = false, ended = false): RawAnswer | null {
  const cut = bytes.indexOf('\r\n\r\n');
  if (cut < 0) return null;
  const [first = '', ...lines] = bytes.toString('latin1', 0, cut).split('\r\n');
  const [, code, reason = ''] = /^HTTP\/1\.[01] (\d{3}) ?(.*)$/.exec(first) ?? [];
  if (code === undefined) return null;
  const status = Number(code);
  if (status === 100 || status === 103) return parseAnswer(bytes.subarray(cut + 4), head, ended);
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  const all = (name: string) =>
    headers.filter(([one]) => one.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
  const header = (name: string) => all(name)[0] ?? null;
  const bodiless = head || status === 204 || status === 304 || status === 101;
  const { body, complete } = bodiless
    ? { body: Buffer.alloc(0), complete: true }
    : unframe(bytes.subarray(cut + 4), header('transfer-encoding'), header('content-length'), ended);
  return { status, reason, headers, header, all, body, text: body.toString(), raw: bytes, complete };
}

function unframe(
  bytes: Buffer,
  coding: string | null,
  length: string | null,
  ended: boolean,
): { body: Buffer; complete: boolean } {
  if (coding?.toLowerCase() === 'chunked') return unchunk(bytes);
  if (length === null) return { body: bytes, complete: ended };
  return { body: bytes.subarray(0, Number(length)), complete: bytes.length >= Number(length) };
}

function unchunk(bytes: Buffer): { body: Buffer; complete: boolean } {
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const line = bytes.indexOf('\r\n', at);
    const size = line < 0 ? NaN : parseInt(bytes.toString('latin1', at, line), 16);
    if (Number.isNaN(size) || bytes.length < line + 2 + size + 2)
      return { body: Buffer.concat(parts), complete: false };
    if (size === 0) return { body: Buffer.concat(parts), complete: true };
    parts.push(bytes.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
}
