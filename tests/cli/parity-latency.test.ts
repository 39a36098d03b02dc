/** Latency is noisy: a pair that seems to differ is sent once more, and the faster response of each counts. */
import t from 'tap';
import { noAnswer, type Received } from '../../cli/parity/answer.ts';
import type { Gateway, Options } from '../../cli/parity/options.ts';
import { recorded } from '../../cli/parity/recorded.ts';
import { createRedactor } from '../../cli/parity/redact.ts';
import { replay } from '../../cli/parity/replay.ts';
import { createTally, type Exchange } from '../../cli/parity/tally.ts';

const gateway = (host: string): Gateway => ({ url: new URL(`http://${host}`), basePath: '' });
const OPTIONS = {
  ...{ from: gateway('from'), to: gateway('to'), header: [], unsafe: true },
  ...{ ignoreHeader: [], ignoreCookie: [], ignorePointer: [], noise: false },
  ...{ concurrency: 1, rate: Infinity, limit: Infinity, latencyFactor: 10 },
} as unknown as Options;

/** Each gateway responds after these times, or fails; returns the differences, and how many requests each got. */
async function compare(method: string, times: Record<'from' | 'to', (number | string)[]>) {
  const found: Exchange[] = [];
  let asked = 0;
  const received = (ms: number | string | undefined): Received =>
    typeof ms === 'number' ? { ...noAnswer('', ms), error: null, status: 200 } : noAnswer(String(ms), 0);
  const send = async (gateway: Gateway) => {
    asked++;
    const { host } = gateway.url;
    return { gateway, host, ...received(times[host as 'from' | 'to'].shift()) };
  };
  await replay(
    (async function* () {
      yield recorded('calls:1', { method, url: '/a', headers: [] });
    })(),
    {
      options: OPTIONS,
      sender: { send, close: () => {} },
      redactor: createRedactor([]),
      tally: createTally(),
      onDifferent: (exchange) => void found.push(exchange),
      onProgress: () => {},
      stop: new AbortController().signal,
    },
  );
  const differences = found.flatMap((exchange) => exchange.differences);
  return [differences.map(({ kind, from, to, note }) => [kind, from, to, note]), asked / 2];
}

t.test('a latency of another order of magnitude is a difference only if it repeats', async (t) => {
  const slower = [['latency', '5 ms', '700 ms', 'slower by a factor of 14']];
  t.same(await compare('GET', { from: [5, 9], to: [800, 700] }), [slower, 2]);
  t.same(await compare('GET', { from: [5, 5], to: [800, 400] }), [[], 2], 'the second pair does not differ');
  t.same(await compare('GET', { from: [5], to: [499] }), [[], 1], 'a latency under 50 ms counts as 50 ms');
  const failed = [['latency', '5 ms', '800 ms', 'slower by a factor of 16']];
  t.same(
    await compare('GET', { from: [5, 9], to: [800, 'ECONNREFUSED'] }),
    [failed, 2],
    'a failure is not fast',
  );
  const faster = [['latency', '900 ms', '80 ms', 'faster by a factor of 11']];
  t.same(await compare('POST', { from: [900], to: [80] }), [faster, 1], 'an unsafe method is sent once');
});

t.test('a response from only one gateway is a difference', async (t) => {
  const missing = [['answer', '200', 'no answer in 50 ms', 'only one gateway answered']];
  t.same(await compare('GET', { from: [5], to: ['no answer in 50 ms'] }), [missing, 1]);
});
