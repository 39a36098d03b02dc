/** What the log says about a failed attempt, and which kinds of failure the runtime distinguishes. */
import { gatewayFor } from '../support/gateway.ts';
import { onBothReleases } from '../support/both-releases.ts';
import { originsFor } from '../support/origin.ts';

onBothReleases(async (t, workerd) => {
  const faults = [{ fault: 'reset' }, { fault: 'hang' }, { status: 500 }] as const;
  const [good, refuses, resets, hangs, fails] = await originsFor(t, {}, {}, ...faults);
  await refuses.refuse();
  const KINDS: Record<string, [url: string, logged: object]> = {
    // The runtime throws the same error for these two.
    refused: [refuses.url, { error: 'refused_or_reset' }],
    reset: [resets.url, { error: 'refused_or_reset' }],
    name: ['http://no-such-host.invalid', { error: 'dns' }],
    'name-tls': ['https://no-such-host.invalid', { error: 'dns_or_tls' }],
    tls: [good.url.replace('http:', 'https:'), { error: 'dns_or_tls' }],
    timeout: [hangs.url, { error: 'timeout' }],
    status: [fails.url, { error: 'status', status: 500 }],
  };
  const kinds = Object.entries(KINDS);
  const poolOf = (name: string, origins: string[]) => ({
    origins: origins.map((url, i) => ({ url, name: i === 0 ? name : 'good', priority: i })),
    // Short if the fault is a time-out; otherwise long enough for a busy machine.
    timeoutMs: name.startsWith('timeout') ? 3000 : 60_000,
    totalTimeoutMs: 120_000,
    hedge: false as const,
    retries: origins.length - 1,
  });
  const gateway = await gatewayFor(
    t,
    {
      pools: Object.fromEntries(
        kinds.flatMap(([name, [url]]) => [
          [`${name}-alone`, poolOf(name, [url])],
          [`${name}-retried`, poolOf(name, [url, good.url])],
        ]),
      ),
      routes: kinds.flatMap(([name]) =>
        ['alone', 'retried'].map((how) => ({
          name: `${name}-${how}`,
          paths: [`/${how}/${name}/`],
          pool: `${name}-${how}`,
        })),
      ),
      log: 'errors',
    },
    { workerd, shares: 'nothing' },
  );
  const requestPaths = kinds.flatMap(([name]) => [`/alone/${name}/`, `/retried/${name}/`]);
  await Promise.all(requestPaths.map((path) => fetch(`${gateway.url}${path}secret?apikey=secret`)));
  // Its output is complete once it has ended.
  await gateway.stop();
  const lines = gateway.lines().map((line) => JSON.parse(line) as Record<string, unknown>);
  for (const [name, [, logged]] of kinds) {
    const lineOf = (how: string) => lines.filter(({ path }) => path === `/${how}/${name}/`);
    const failed = [{ origin: name, ...logged }];
    t.match(lineOf('retried'), [
      { pool: `${name}-retried`, status: 200, origin: 'good', attempts: 2, failed },
    ]);
    t.equal(lineOf('retried').length, 1, 'once');
    const answered = name === 'status' ? { status: 500, origin: 'status' } : { failed };
    t.match(lineOf('alone'), [{ pool: `${name}-alone`, ...answered }]);
  }
  t.notMatch(gateway.lines().join('\n'), 'secret');
  t.equal(lines.length, requestPaths.length);
});
