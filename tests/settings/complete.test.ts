import { readFileSync } from 'node:fs';
import t from 'tap';
import { ROOT } from '../../cli/paths.ts';
import { settingsOfTable } from '../../docs/generate/settings.ts';
import { CASES } from './all.ts';

/** Settings whose effect takes long, or needs more than two gateways: the test that fails without them. */
const ELSEWHERE: Record<string, [file: string, title: string]> = {
  'LogServer.timeoutMs': ['tests/unit/traffic/batch-sender.test.ts', 'a batch that times out is sent again'],
  'Collector.timeoutMs': ['tests/unit/traffic/batch-sender.test.ts', 'a batch that times out is sent again'],
  'Config.$schema': ['tests/unit/config/settings.test.ts', 'settings are resolved as configured'],
  'Config.passThroughOnException': [
    'tests/e2e/tutorial-deployed.test.ts',
    'passThroughOnException applies to GET and HEAD only',
  ],
  'Origin.location': [
    'tests/unit/upstream/geo-prior.test.ts',
    'distances are used until there are measurements, if both locations are known',
  ],
  'Pool.threshold': [
    'tests/unit/balance/policies.test.ts',
    'below the threshold of available weight nothing is sent',
  ],
  'Outlier.maxEjectSeconds': [
    'tests/unit/balance/outlier-detection.test.ts',
    'each ejection is twice as long as the last, up to the maximum',
  ],
  'Outlier.cumulative': [
    'tests/unit/balance/outlier-detection.test.ts',
    'a good response resets the count, unless cumulative',
  ],
  'Health.badStatuses': [
    'tests/unit/upstream/side-request.test.ts',
    'which probe responses are good, and their latency',
  ],
  'Health.healthyAfter': [
    'tests/unit/upstream/health-check.test.ts',
    'checks count in a row, like rise and fall in HAProxy',
  ],
  'VerdictCache.staleSeconds': [
    'tests/e2e/keys-verdicts.test.ts',
    'after staleSeconds a known key counts as unknown',
  ],
  'Config.shared': ['tests/e2e/shared-limits.test.ts', 'without it each isolate counts by itself'],
  'Shared.limits': [
    'tests/e2e/shared-limits.test.ts',
    'loose: an isolate admits a first request without a call',
  ],
  'Shared.onFailure': ['tests/unit/shared/limits.test.ts', 'in time, onFailure decides'],
  'Shared.timeoutMs': ['tests/unit/shared/limits.test.ts', 'if the companion does not answer in time'],
  'Shared.shards': ['tests/e2e/shared-limits.test.ts', 'shards: each caller has one object that counts it'],
  'Shared.revocations': [
    'tests/unit/shared/revocations.test.ts',
    'an isolate idle for two polls reads the list first',
  ],
  'Shared.verdicts': [
    'tests/e2e/shared-verdicts.test.ts',
    'new isolates read the shared cache before they ask the verifier',
  ],
  'Shared.verdicts.secret': [
    'tests/unit/shared/verdict-tier.test.ts',
    'an entry shows neither key nor digest, and only the secret can name or seal one',
  ],
  'Shared.board': [
    'tests/unit/shared/board.test.ts',
    'without it no call is made, and a route with no use for it has no step',
  ],
  'Shared.board.secret': [
    'tests/unit/shared/board.test.ts',
    'a board that is forged, garbled, moved or of another secret is ignored',
  ],
  'Shared.metrics': ['tests/unit/status/sums.test.ts', 'sent every ten seconds and once more when idle'],
  'Shared.revocations.pollSeconds': ['tests/unit/shared/revocations.test.ts', 'dropped with the next poll'],
  'Shared.metrics.everySeconds': [
    'tests/unit/status/sums.test.ts',
    'sent every ten seconds and once more when idle',
  ],
  'VerdictCache.maxEntries': ['tests/e2e/keys-verdicts.test.ts', 'maxEntries limits the cached verdicts'],
};

t.test('every configuration key has a test that fails when the key is ignored', async (t) => {
  const proved = new Set(CASES.map(({ key }) => key));
  const names = settingsOfTable().map(({ name }) => name);
  const missing = names.filter((name) => !proved.has(name) && !ELSEWHERE[name]);
  t.same(
    missing,
    [],
    'add a case to tests/settings/*.cases.ts: the difference between two gateways, with and without the key',
  );
  for (const [name, [file, title]] of Object.entries(ELSEWHERE)) {
    t.ok(readFileSync(`${ROOT}/${file}`, 'utf8').includes(title), `${name}: ${file} has the test "${title}"`);
    t.notOk(proved.has(name), `${name} is listed once`);
  }
  const known = new Set(names);
  t.same(
    [...proved].filter((name) => !known.has(name)),
    [],
    'every test is for a key that exists',
  );
});
