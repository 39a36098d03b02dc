/**
 * An attacker's tools: a raw socket, and a gateway whose origin has a private area below /private that requires a key.
 * In addition there is a trap: a server whose address is never given out, so that nothing may ever connect to it.
 */
import type t from 'tap';
import { digestOf } from './auth.ts';
import type { Workerd } from './both-releases.ts';
import { currentScript, gatewayFor } from './gateway.ts';
import type { Gateway } from './gateway.ts';
import { originsFor } from './origin.ts';
import type { Origin, Tap } from './origin.ts';
import { rawBytes } from './raw.ts';
import { TELLS_REJECTIONS } from './rejections.ts';

type Assert = Pick<typeof t, 'equal' | 'same' | 'notOk'>;
export const KEY = 'the-good-key';

const CONSUMER = {
  id: 'c-1',
  username: 'alice',
  credentials: [{ id: 'k-1', sha256: digestOf(KEY) }],
};

export interface Scene {
  readonly gateway: Gateway;
  readonly origin: Origin;
  /** Its address is never given out, so nothing may ever connect. */
  readonly trap: Origin;
}

export async function scene(t: Tap, workerd: Workerd): Promise<Scene> {
  const [origin, trap] = await originsFor(t, {}, {});
  const gateway = await gatewayFor(
    t,
    {
      pools: { api: { origins: [origin.url] } },
      routes: [
        { name: 'private', paths: ['/private'], pool: 'api', auth: {} },
        { name: 'public', paths: ['/public'], pool: 'api' },
      ],
      consumers: [CONSUMER],
      responseHeaders: false,
    },
    { workerd, script: TELLS_REJECTIONS + (await currentScript()), shares: 'nothing' },
  );
  return { gateway, origin, trap };
}

/**
 * What the bytes are answered until the peer closes, or for a short time: a smuggled request is answered after the first
 * response. If the bytes end with "Connection: close", a complete response is the end: the older workerd keeps such
 * connections open.
 */
export function sendBytes(port: number, bytes: string | Buffer): Promise<string> {
  const isLast = String(bytes).includes('Connection: close');
  // Bytes for one response always get one, even on a busy machine.
  const options = { timeoutMs: isLast ? 5000 : 1500, untilClosed: !isLast };
  const sent = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes;
  return rawBytes(port, sent, options).then(
    ({ raw }) => raw.toString(),
    () => '',
  );
}

/** The same for many, a few at a time. */
export async function sendAll(port: number, list: readonly (string | Buffer)[]): Promise<void> {
  const rest = [...list];
  const next = async (): Promise<void> => {
    for (let bytes = rest.shift(); bytes !== undefined; bytes = rest.shift()) await sendBytes(port, bytes);
  };
  await Promise.all(Array.from({ length: 20 }, next));
}

export const get = (target: string, host = 'h', more = ''): string =>
  `GET ${target} HTTP/1.1\r\nHost: ${host}\r\n${more}Connection: close\r\n\r\n`;

export async function stillServes(t: Assert, { gateway, origin, trap }: Scene): Promise<void> {
  const alive = await fetch(`${gateway.url}/public/alive`);
  t.equal(alive.status, 200, 'the Worker still serves');
  t.equal(trap.connections(), 0, 'no request went to the trap');
  // The runtime also reports its own rejections (CONNECT, an invalid target) as exceptions; those of the script have
  // its line numbers.
  t.same(
    gateway.log().match(/^.*(worker\.js:\d|Uncaught \(in).*$/gm),
    null,
    'there was no uncaught exception',
  );
  t.same(
    gateway.lines(),
    [],
    'nor a caught one, nor an unhandled rejection: with the log off, only these are logged',
  );
  t.notOk(
    origin.received.some(({ url }) => /smuggled/.test(url)),
    'nothing was smuggled',
  );
}
