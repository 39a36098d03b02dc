/**
 * The script and the same as an ES module: callers see no difference, on plain workerd. With GATEWAY_FORM=module all
 * files of this folder run on modules; a few do so here.
 */
import t from 'tap';
import { asModule } from '../../cli/build/module.ts';
import { currentScript, startGateway } from '../support/gateway.ts';
import { runCommand } from '../support/command.ts';
import { AS_OPERATOR, STATUS } from '../support/operator.ts';
import { originFor } from '../support/origin.ts';
import { startWholeIsolates, statusesOf } from '../support/shared-gateways.ts';

const withoutId = (text: string): string => text.replace(/[0-9a-f]{32}/, 'an id');

t.test('both forms read their bindings, proxy, count, forward bodies and serve their status', async (t) => {
  const origin = await originFor(t, { headers: { 'x-origin': 'yes' }, body: 'from the origin' });
  const config = {
    pools: { default: { origins: [origin.url], timeoutMs: 60_000, totalTimeoutMs: 120_000 } },
    rateLimit: { year: 3 },
    status: STATUS,
    passThroughOnException: true,
  };
  const script = await currentScript();
  const seen = async (options: { script: string; asModule?: boolean }): Promise<unknown[]> => {
    const gateway = await startGateway(config, options);
    const before = origin.received.length;
    const show = async (path: string, init?: RequestInit): Promise<unknown> => {
      const response = await fetch(gateway.url + path, init);
      const names = [...response.headers.keys()].filter((name) => name !== 'date').sort();
      return [response.status, names, path.startsWith('/status') ? '' : withoutId(await response.text())];
    };
    const answers = [
      await show('/a?b=c'),
      await show('/post', { method: 'POST', body: 'a body' }),
      await show('/a'),
      await show('/over'),
      await show('/status/json', { headers: AS_OPERATOR }),
      await show('/status/json'),
    ];
    await gateway.stop();
    return [
      answers,
      origin.received.slice(before).map(({ method, url, body }) => [method, url, String(body)]),
    ];
  };
  const [plain, module] = [await seen({ script }), await seen({ script: asModule(script), asModule: true })];
  t.same(module, plain);
  t.match(plain, [[[200], [200], [200], [429], [200], [401]]]);
});

t.test('isolates of one module that includes the companion count together', async (t) => {
  const { ask } = await startWholeIsolates(t, {
    routes: [{ paths: ['/'], respondWith: { status: 204 } }],
    rateLimit: { year: 6, by: 'service' },
    shared: { timeoutMs: 10_000, revocations: false },
  });
  t.same(await statusesOf(20, (i) => ask(i % 2)), { 204: 6, 429: 14 });
});

// Miniflare without a compatibilityDate, and scripts from before 2022-10-31, have a URL parser that reads addresses,
// hosts and dot segments in its own way.
const AGAIN: [names: string, environment: Record<string, string>][] = [
  ['{body-keys,locations}', { GATEWAY_FORM: 'module' }],
  ['{abuse,dual-stack,locations,rules}', { GATEWAY_DATE: '2021-01-01' }],
];
for (const [names, environment] of AGAIN)
  t.test(`${names}.test.ts with ${JSON.stringify(environment)}`, async (t) => {
    const run = `import { runTogether } from './tests/support/together.ts';
      runTogether('tests/e2e/${names}.test.ts', 2);`;
    const command = runCommand(process.execPath, ['--input-type=module', '-e', run], environment);
    t.equal(await command.ended, 0, command.output());
    t.match(command.output(), /pass: \d\d/);
  });

t.test('a script without a listener is rejected', async (t) => {
  t.throws(() => asModule('const a = 1;'), /must have one listener/);
});
