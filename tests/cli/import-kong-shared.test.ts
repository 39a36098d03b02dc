import t from 'tap';
import { importKong } from '../../cli/import-kong/import.ts';

t.test('limits that a cluster or Redis counts are counted over all isolates', async (t) => {
  const cases: [config: string, onFailure: string | undefined][] = [
    ['{minute: 1}', undefined],
    ['{minute: 1, policy: local, fault_tolerant: false}', undefined],
    ['{minute: 1, policy: cluster}', 'open'],
    ['{minute: 1, policy: redis, fault_tolerant: true, redis: {host: r}}', 'open'],
    ['{minute: 1, policy: redis, fault_tolerant: false, redis: {host: r}}', 'closed'],
  ];
  for (const [limit, onFailure] of cases) {
    const { config, notes } = importKong(
      `{_format_version: "3.0", services: [{name: s, host: h}], plugins: [{name: rate-limiting, config: ${limit}}]}`,
    );
    const { shared } = config ?? {};
    t.equal(shared ? shared.onFailure : undefined, onFailure, limit);
    t.equal(
      notes.some(({ text }) => text.includes('SHARED')),
      onFailure !== undefined,
    );
  }
});
