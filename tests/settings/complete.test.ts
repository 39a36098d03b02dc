import { readFileSync } from 'node:fs';
import t from 'tap';
import { ROOT } from '../../cli/paths.ts';
import { settingsOfTable } from '../../docs/generate/settings.ts';
import { CASES } from './all.ts';

/** Settings whose effect takes long, or more than two gateways side by side: the test that fails without them. */
const ELSEWHERE: Record<string, [file: string, title: string]> = {
  'LogServer.timeoutMs': [
    'tests/unit/traffic/batch-sender.test.ts',
    'what is not taken in time is tried again',
  ],
  'Collector.timeoutMs': [
    'tests/unit/traffic/batch-sender.test.ts',
    'what is not taken in time is tried again',
  ],
  'Config.$schema': ['tests/unit/config/settings.test.ts', 'what is written is what the rules get'],
  'Config.passThroughOnException': [
    'tests/e2e/tutorial-deployed.test.ts',
    'passThroughOnException is asked for by GET and HEAD alone',
  ],
  'Origin.location': [
    'tests/unit/upstream/geo-prior.test.ts',
    'they stand in for measurements where both ends are known',
  ],
  'Pool.threshold': [
    'tests/unit/balance/policies.test.ts',
    'below the threshold of weight in service nobody is asked',
  ],
  'Outlier.maxEjectSeconds': [
    'tests/unit/balance/outlier-detection.test.ts',
    'each ejection is twice as long, up to the most',
  ],
  'Outlier.cumulative': [
    'tests/unit/balance/outlier-detection.test.ts',
    'a good answer breaks the row, unless failures add up',
  ],
  'Health.badStatuses': [
    'tests/unit/upstream/side-request.test.ts',
    'which answers are good, and how long they took',
  ],
  'Health.healthyAfter': [
    'tests/unit/upstream/health-check.test.ts',
    'checks count in a row, as rise and fall',
  ],
  'VerdictCache.staleSeconds': [
    'tests/e2e/keys-verdicts.test.ts',
    'past staleSeconds a known key is as good as unknown',
  ],
  'Config.shared': ['tests/e2e/shared-limits.test.ts', 'without it each isolate has the limit to itself'],
  'Shared.limits': ['tests/e2e/shared-limits.test.ts', 'loose: an isolate lets a first request pass unasked'],
  'Shared.onFailure': ['tests/unit/shared/limits.test.ts', 'in time is decided by onFailure'],
  'Shared.timeoutMs': ['tests/unit/shared/limits.test.ts', 'what the companion does not answer in time'],
  'Shared.shards': ['tests/e2e/shared-limits.test.ts', 'shards: each caller has one object that counts it'],
  'Shared.revocations': [
    'tests/unit/shared/revocations.test.ts',
    'after two polls of silence the list comes first',
  ],
  'Shared.verdicts': [
    'tests/e2e/shared-verdicts.test.ts',
    'new isolates ask their neighbours before the verifier',
  ],
  'Shared.verdicts.secret': [
    'tests/unit/shared/verdict-tier.test.ts',
    'neither key nor digest is in it, and only who has the secret can name or make one',
  ],
  'Shared.board': [
    'tests/unit/shared/board.test.ts',
    'without it nothing is asked, and a pool without use for it runs through no step',
  ],
  'Shared.board.secret': [
    'tests/unit/shared/board.test.ts',
    'a board that was forged, garbled or moved says nothing; nor one of another secret',
  ],
  'Shared.metrics': ['tests/unit/status/sums.test.ts', 'told every ten seconds and once more when idle'],
  'Shared.revocations.pollSeconds': ['tests/unit/shared/revocations.test.ts', 'forgotten with the next poll'],
  'Shared.metrics.everySeconds': [
    'tests/unit/status/sums.test.ts',
    'told every ten seconds and once more when idle',
  ],
  'VerdictCache.maxEntries': ['tests/e2e/keys-verdicts.test.ts', 'maxEntries bounds what is remembered'],
};

t.test('every configuration key has a test that fails when the key is ignored', async (t) => {
  const proved = new Set(CASES.map(({ key }) => key));
  const names = settingsOfTable().map(({ name }) => name);
  const missing = names.filter((name) => !proved.has(name) && !ELSEWHERE[name]);
  t.same(
    missing,
    [],
    'add a case to tests/settings/*.cases.ts: what two gateways, with and without the key, do otherwise',
  );
  for (const [name, [file, title]] of Object.entries(ELSEWHERE)) {
    t.ok(readFileSync(`${ROOT}/${file}`, 'utf8').includes(title), `${name}: ${file} has the test "${title}"`);
    t.notOk(proved.has(name), `${name} is named once`);
  }
  const known = new Set(names);
  t.same(
    [...proved].filter((name) => !known.has(name)),
    [],
    'no test is for a key that does not exist',
  );
});
