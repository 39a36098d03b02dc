/** What the log says of a failed attempt, and how far the runtime lets the kinds be told apart. */
import { gatewayFor } from '../support/gateway.ts';
import { onBothReleases } from '../support/both-releases.ts';
import { originsFor } from '../support/origin.ts';

onBothReleases(async (t, workerd) => {
  const faults = [{ fault: 'reset' }, { fault: 'hang' }, { status: 500 }] as const;
  const [good, refuses, resets, hangs, fails] = await originsFor(t, {}, {}, ...faults);
  await refuses.refuse();
  const KINDS: Record<string, [url: string, noted: object]> = {
    // The runtime throws one and the same error for these two.
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
    // Short where a time-out is what is played; else so long that a busy machine keeps it.
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
          [`${name}-rescued`, poolOf(name, [url, good.url])],
        ]),
      ),
      routes: kinds.flatMap(([name]) =>
        ['alone', 'rescued'].map((how) => ({
          name: `${name}-${how}`,
          paths: [`/${how}/${name}/`],
          pool: `${name}-${how}`,
        })),
      ),
      log: 'errors',
    },
    { workerd, shares: 'nothing' },
  );
  const asked = kinds.flatMap(([name]) => [`/alone/${name}/`, `/rescued/${name}/`]);
  await Promise.all(asked.map((path) => fetch(`${gateway.url}${path}secret?apikey=secret`)));
  // Its output is whole once it has ended.
  await gateway.stop();
  const lines = gateway.lines().map((line) => JSON.parse(line) as Record<string, unknown>);
  for (const [name, [, noted]] of kinds) {
    const lineOf = (how: string) => lines.filter(({ path }) => path === `/${how}/${name}/`);
    const failed = [{ origin: name, ...noted }];
    t.match(lineOf('rescued'), [
      { pool: `${name}-rescued`, status: 200, origin: 'good', attempts: 2, failed },
    ]);
    t.equal(lineOf('rescued').length, 1, 'once');
    const answered = name === 'status' ? { status: 500, origin: 'status' } : { failed };
    t.match(lineOf('alone'), [{ pool: `${name}-alone`, ...answered }]);
  }
  t.notMatch(gateway.lines().join('\n'), 'secret');
  t.equal(lines.length, asked.length);
});
