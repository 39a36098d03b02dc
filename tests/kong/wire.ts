/** Sends a case's requests as bytes on a socket: every header line, path and host as written. */
import { connect } from 'node:net';
import type { Gateway } from '../support/gateway.ts';
import { rawBytes, type RawAnswer } from '../support/raw.ts';
import { CLIENT_IP, type Expectation, type KongRequest } from './case.ts';

const ANSWER_MS = 60_000;

/** Whether the caller's address is not one of this machine. */
export const isForeign = ({ clientIp = CLIENT_IP }: KongRequest): boolean => !clientIp.startsWith('127.');

export async function send(request: KongRequest, gateway: Gateway): Promise<RawAnswer> {
  const bytes = compose(request);
  const { clientIp = CLIENT_IP } = request;
  const options = { timeoutMs: ANSWER_MS, from: isForeign(request) ? CLIENT_IP : clientIp };
  for (let tries = 1; ; tries++)
    try {
      return await rawBytes(gateway.port, bytes, options);
    } catch (error) {
      // A body that is refused unread is cut off, at times before the response is read (RFC 9112, 9.6).
      if ((error as NodeJS.ErrnoException).code !== 'EPIPE' || tries === 9) throw error;
    }
}

/** `a*1024` is that letter repeated. */
const repeated = (text: string): string =>
  text.replace(/^(.)\*(\d+)$/, (_, letter: string, count) => letter.repeat(Number(count)));

/** The bytes of a request; a body that the case does not frame itself gets a Content-Length. */
function compose(request: KongRequest): Buffer {
  const { method, path, headers, body, httpVersion = '1.1', scheme } = request;
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().map((one) => `${name}: ${repeated(one)}`),
  );
  const chunked = lines.some((line) => /^transfer-encoding: *chunked/i.test(line));
  const text = repeated(body ?? '');
  if (scheme === 'https') lines.push('Test-Scheme: https');
  if (text !== '' && !chunked) lines.push(`Content-Length: ${Buffer.byteLength(text)}`);
  const framed = chunked ? `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n0\r\n\r\n` : text;
  return Buffer.concat([
    Buffer.from(
      `${method} ${path} HTTP/${httpVersion}\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`,
      'latin1',
    ),
    Buffer.from(framed),
  ]);
}

/** A handshake and one text frame in each direction (RFC 6455, 5.2), since the case specifies its headers itself. */
export async function playWebSocket(
  request: KongRequest,
  expect: Expectation,
  gateway: Gateway,
): Promise<string[]> {
  const bytes = await new Promise<Buffer>((resolve, reject) => {
    let received = Buffer.alloc(0);
    const socket = connect(gateway.port, '127.0.0.1', () => socket.write(compose(request)));
    const timer = setTimeout(() => socket.destroy(new Error('No frame in time')), ANSWER_MS);
    socket.on('data', (chunk: Buffer) => {
      const before = received.indexOf('\r\n\r\n');
      received = Buffer.concat([received, chunk]);
      const head = received.indexOf('\r\n\r\n');
      if (before < 0 && head >= 0 && received.toString('latin1', 9, 12) === '101')
        socket.write(textFrame(request.websocket!.send));
      if (head >= 0 && (received.length > head + 4 || received.toString('latin1', 9, 12) !== '101'))
        socket.end();
    });
    socket.on('close', () => (clearTimeout(timer), resolve(received)));
    socket.on('error', reject);
  });
  const head = bytes.indexOf('\r\n\r\n');
  const status = Number(bytes.toString('latin1', 9, 12));
  const text = bytes.subarray(head + 6).toString();
  if (status !== expect.status) return [`status ${status} instead of ${expect.status}`];
  return text === expect.websocketReceives
    ? []
    : [`frame ${JSON.stringify(text)} instead of ${JSON.stringify(expect.websocketReceives)}`];
}

/** A client's frames must be masked; a mask of zeros leaves the text readable. */
function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
}
