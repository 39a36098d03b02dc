import t from 'tap';
import { callCompanion, createCompanion } from '../../../lib/shared/companion.ts';
import { bindCompanion } from '../../support/companion.ts';
import { configured } from '../../support/config.ts';
import { virtualRuntime } from '../../support/virtual-runtime.ts';

t.test('an invalid response counts as none, and is logged once', async (t) => {
  const json = (text: string, headers = {}): Response =>
    new Response(text, { headers: { 'content-type': 'application/json', ...headers } });
  const refused = (): never => {
    throw new Error('refused');
  };
  const CASES: [answer: (() => Response) | null, why: RegExp][] = [
    [() => json('{}', { 'x-shared': '0' }), /not a companion of this version/],
    [() => json('<html>', { 'x-shared': '1' }), /does not answer/],
    [() => new Response(null, { status: 500 }), /answers 500/],
    [refused, /does not answer/],
    [null, /no service binding SHARED/],
  ];
  const scope = globalThis as { SHARED?: unknown };
  t.teardown(() => delete scope.SHARED);
  for (const [answer, why] of CASES) {
    if (answer === null) delete scope.SHARED;
    else scope.SHARED = { fetch: async () => answer() };
    const runtime = virtualRuntime();
    const companion = createCompanion(configured({ shared: {} }).shared!, runtime);
    for (let i = 0; i < 3; i++) t.equal(await callCompanion(companion, '/count'), null);
    t.match(runtime.lines, { length: 1, 0: why });
  }
});

t.test('an empty answer is valid', async (t) => {
  bindCompanion(t);
  const runtime = virtualRuntime();
  const companion = createCompanion(configured({ shared: {} }).shared!, runtime);
  t.equal(await callCompanion(companion, '/board?name=none'), null);
  t.match(await callCompanion(companion, '/count'), { isolates: 0, sums: [] });
  t.same(runtime.lines, []);
});
