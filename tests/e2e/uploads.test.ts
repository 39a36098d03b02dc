/**
 * Bodies that are slow, aborted or rejected: the outcome of each, and that callers can eject no origin. Both releases
 * of workerd.
 */
import t from 'tap';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config, Pool } from '../../lib/config/types.ts';
import { build } from '../../cli/build/build.ts';
import { digestOf } from '../support/auth.ts';
import { onBothReleases } from '../support/both-releases.ts';
import type { Workerd } from '../support/both-releases.ts';
import { currentScript, gatewayFor, type GatewayOptions } from '../support/gateway.ts';
import { STATUS, statesOf } from '../support/operator.ts';
import { act, originFor } from '../support/origin.ts';
import type { Handler, Origin, Tap } from '../support/origin.ts';
import { parseAnswer } from '../support/raw.ts';
import { until } from '../support/until.ts';

const LARGE = 200_000;
/** A busy machine takes seconds for a response. */
const [TIMEOUT_MS, TOTAL_MS] = [6000, 6500];
/** Between ten pieces of a body: together longer than a request's total time-out. */
const SLOW_MS = 750;
/** Reads the whole body, then responds with its length. */
const counts: Handler = (received, request, response) => {
  request.on('error', () => undefined);
  request.on('end', () => void act({ body: String(received.body.length) }, response));
};

interface Scene {
  readonly origin: Origin;
  /** Sends these pieces at this interval in ms, then may end its side. Status and body of the response, or "". */
  readonly send: (head: string, pieces: readonly string[], ms: number, ends?: boolean) => Promise<string>;
  readonly stateOf: () => Promise<string>;
  readonly lines: () => string[];
}

interface Variation {
  readonly more?: Partial<Config>;
  readonly beside?: Partial<Pool>;
  readonly shares?: GatewayOptions['shares'];
}
async function scene(
  t: Tap,
  workerd: Workerd,
  behaviour: Handler = counts,
  { more = {}, beside = {}, shares = 'process' }: Variation = {},
): Promise<Scene> {
  const origin = await originFor(t, behaviour);
  const origins = [origin.url, ...(beside.origins ?? [])];
  const api: Pool = { timeoutMs: TIMEOUT_MS, totalTimeoutMs: TOTAL_MS, ...beside, origins };
  const gateway = await gatewayFor(
    t,
    { pools: { api }, routes: [{ pool: 'api' }], status: STATUS, ...more },
    { workerd, shares },
  );
  const send: Scene['send'] = async (head, pieces, ms, ends = false) => {
    const socket = connect({ port: gateway.port, host: '127.0.0.1', allowHalfOpen: true });
    t.teardown(() => socket.destroy());
    let bytes = Buffer.alloc(0);
    const answered = new Promise<string>((resolve) => {
      const finish = () => {
        const answer = parseAnswer(bytes);
        resolve(answer === null ? '' : `${answer.status} ${answer.text}`);
      };
      socket.on('error', finish);
      socket.on('end', finish);
      socket.on('data', (chunk: Buffer) => {
        bytes = Buffer.concat([bytes, chunk]);
        if (parseAnswer(bytes)?.complete) finish();
      });
    });
    socket.write(`${head}\r\n`);
    for (const piece of pieces) {
      socket.write(piece);
      await sleep(ms);
    }
    if (ends) socket.end();
    return answered;
  };
  const stateOf = async () => (await statesOf(gateway.url))[0]!;
  return { origin, send, stateOf, lines: gateway.lines };
}

const headOf = (method: string, ...headers: string[]): string =>
  [`${method} /up HTTP/1.1`, 'Host: api.example', ...headers, ''].join('\r\n');
const chunk = (size: number): string => `${size.toString(16)}\r\n${'x'.repeat(size)}\r\n`;
const consumers = [{ id: 'bob', credentials: [{ sha256: digestOf('good') }] }];
const CHUNKED = headOf('POST', 'Transfer-Encoding: chunked');

onBothReleases((t, workerd) => {
  // Most of the time they wait between the pieces of a body.
  t.jobs = 4;
  void t.test('uploads may take longer than responses', async (t) => {
    const { send, stateOf } = await scene(t, workerd);
    const tenths = (size: number) => Array.from({ length: 10 }, () => 'x'.repeat(size / 10));
    const chunks = [...Array.from({ length: 10 }, () => chunk(50)), '0\r\n\r\n'];
    const answers = await Promise.all([
      send(headOf('POST', 'Content-Length: 20'), tenths(20), SLOW_MS),
      send(headOf('PUT', `Content-Length: ${LARGE}`), tenths(LARGE), SLOW_MS),
      send(CHUNKED, chunks, SLOW_MS),
    ]);
    t.same(answers, ['200 20', `200 ${LARGE}`, '200 500'], 'a small one, a large one, one of unknown length');
    t.equal(await stateOf(), 'in rotation');
  });

  void t.test('an upload keeps its framing', async (t) => {
    const { origin, send } = await scene(t, workerd);
    await send(headOf('POST', `Content-Length: ${LARGE}`), ['x'.repeat(LARGE)], 0);
    await send(CHUNKED, [chunk(50), '0\r\n\r\n'], 0);
    const framing = origin.received.map(({ header }) => [
      header('content-length'),
      header('transfer-encoding'),
    ]);
    t.same(framing, [
      [String(LARGE), null],
      [null, 'chunked'],
    ]);
  });

  void t.test('the time-out starts once the upload has been sent', async (t) => {
    const { send, stateOf } = await scene(t, workerd, (_received, request) => void request.resume());
    t.match(await send(CHUNKED, [chunk(50), chunk(50), '0\r\n\r\n'], 300), /^504 /);
    t.equal(await stateOf(), 'in rotation', 'it may be the request: nothing could be compared');
  });

  void t.test(
    'an aborted upload gets an error, and no origin takes half a body for a whole one',
    async (t) => {
      const { origin, send, stateOf } = await scene(t, workerd);
      for (const [head, piece] of [
        [headOf('POST', 'Content-Length: 20'), 'half'],
        [headOf('POST', `Content-Length: ${LARGE}`), 'half'],
        [CHUNKED, chunk(50)],
        [CHUNKED, `${chunk(50)}zz\r\n\r\n`],
      ] as const)
        t.match(
          await send(head, [piece], 100, true),
          /^400 .*Bad request/,
          JSON.stringify(head.slice(36) + piece),
        );
      await sleep(100);
      t.notOk(origin.received.some((one) => one.done));
      t.equal(await stateOf(), 'in rotation');
    },
  );

  void t.test('nor is it an internal error if the body is searched for a key', async (t) => {
    const more = { auth: { keyIn: ['header', 'body'] as ('header' | 'body')[] }, consumers };
    const { send, lines } = await scene(t, workerd, counts, { more, shares: 'nothing' });
    const json = 'Content-Type: application/json';
    const framed = [
      ['Content-Length: 20', '{"a"'] as const,
      ['Transfer-Encoding: chunked', chunk(50)] as const,
    ];
    for (const [framing, piece] of framed) {
      t.match(
        await send(headOf('POST', json, framing, 'apikey: good'), [piece], 100, true),
        /^400 /,
        framing,
      );
      t.match(await send(headOf('POST', json, framing), [piece], 100, true), /^401 /, framing);
    }
    t.same(lines(), []);
  });

  void t.test('a GET aborted in its body does not count against its origin', async (t) => {
    const { send, stateOf } = await scene(t, workerd);
    for (const head of [headOf('GET', 'Content-Length: 20'), headOf('GET', 'Transfer-Encoding: chunked')])
      await send(head, [chunk(5)], 100, true);
    t.equal(await stateOf(), 'in rotation');
  });

  void t.test(
    'an origin that is down is ejected for uploads too, once a probe of the gateway has failed',
    async (t) => {
      const other = await originFor(t, counts);
      const others = { origins: [other.url], balance: 'round-robin' } as const;
      const { origin, send, stateOf } = await scene(t, workerd, counts, { beside: others });
      await origin.refuse();
      const upload = () => send(CHUNKED, [chunk(50), '0\r\n\r\n'], 30);
      if ((await upload()).startsWith('200 ')) t.match(await upload(), /^502 /, 'the two are used in turn');
      t.match(await upload(), /^200 /, 'and the gateway sends a request of its own besides');
      t.ok(await until(async () => /^ejected .*: probe failed/.test(await stateOf())));
      for (let i = 0; i < 6; i++) t.match(await upload(), /^200 /);
    },
  );

  void t.test('an origin that closes the connection on a body that is too large is not', async (t) => {
    const hangsUp: Handler = (_received, request) =>
      void request.once('data', () => request.socket.resetAndDestroy());
    const { origin, send, stateOf } = await scene(t, workerd, hangsUp);
    const huge = headOf('POST', `Content-Length: ${LARGE}`);
    for (let i = 0; i < 4; i++) {
      origin.behave(hangsUp);
      t.match(await send(huge, ['x', 'x'], 50), /^502 /);
      origin.behave(counts);
      t.match(await send(headOf('GET'), [], 0), /^200 /);
    }
    t.equal(await stateOf(), 'in rotation');
  });

  void t.test('a response may come before the body has been sent', async (t) => {
    const early: Handler = (_received, _request, response) =>
      void act({ status: 413, body: 'too large' }, response);
    const { send, stateOf } = await scene(t, workerd, early);
    t.equal(await send(CHUNKED, [chunk(50), chunk(50)], 100), '413 too large');
    t.equal(await stateOf(), 'in rotation');
  });
});

t.test('also in race mode, and in the script built for that alone', async (t) => {
  const origin = await originFor(t, counts);
  const pool = { origins: [origin.url], balance: 'race' as const, timeoutMs: TIMEOUT_MS };
  const config: Config = { pools: { default: { ...pool, totalTimeoutMs: TOTAL_MS } } };
  const own = await build({ value: config, text: `const CONFIG = ${JSON.stringify(config)};` });
  const pieces = async function* () {
    for (let i = 0; i < 10; i++) {
      await sleep(SLOW_MS);
      yield new Uint8Array(LARGE / 10);
    }
  };
  const answers = await Promise.all(
    [await currentScript(), own].map(async (script) => {
      const gateway = await gatewayFor(t, config, { script });
      const answer = await fetch(gateway.url, { method: 'POST', body: pieces(), duplex: 'half' } as never);
      return [answer.status, await answer.text()];
    }),
  );
  t.same(answers, [
    [200, String(LARGE)],
    [200, String(LARGE)],
  ]);
});
