import t from 'tap';
import { callCompanion, createCompanion } from '../../../lib/shared/companion.ts';
import { bindCompanion } from '../../support/companion.ts';
import { configured } from '../../support/config.ts';
import { virtualRuntime } from '../../support/virtual-runtime.ts';

/** A client, and what it has logged. */
function startClient() {
  const runtime = virtualRuntime();
  const { shared } = configured({ shared: {} });
  return { companion: createCompanion(shared!, runtime), lines: runtime.lines };
}

t.test('what is not an answer of the companion is none, and the log says so once', async (t) => {
  const json = (text: string, headers = {}): (() => Response) => {
    return () => new Response(text, { headers: { 'content-type': 'application/json', ...headers } });
  };
  const cases: [answer: () => Response, why: RegExp][] = [
    [json('{}'), /not a companion of this version/],
    [json('{}', { 'x-shared': '0' }), /not a companion of this version/],
    [json('<html>', { 'x-shared': '1' }), /does not answer/],
    [() => new Response(null, { status: 500 }), /answers 500/],
    [
      () => {
        throw new Error('refused');
      },
      /does not answer/,
    ],
  ];
  for (const [answer, why] of cases) {
    (globalThis as { SHARED?: unknown }).SHARED = { fetch: async () => answer() };
    const { companion, lines } = startClient();
    for (let i = 0; i < 3; i++) t.equal(await callCompanion(companion, 0, '/count'), null);
    t.equal(lines.length, 1);
    t.match(lines[0], why);
  }
  delete (globalThis as { SHARED?: unknown }).SHARED;
  const { companion, lines } = startClient();
  t.equal(await callCompanion(companion, 0, '/count'), null);
  t.match(lines, [/no service binding SHARED/]);
});

t.test('an answer of nothing is an answer', async (t) => {
  bindCompanion(t);
  const { companion, lines } = startClient();
  t.equal(await callCompanion(companion, 0, '/board?name=none'), null);
  t.match(await callCompanion(companion, 0, '/count'), { isolates: 0, sums: [] });
  t.same(lines, []);
});
