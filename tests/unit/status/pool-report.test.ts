import t from 'tap';
import { poolReport } from '../../../lib/status/pool-report.ts';
import { tellStory } from '../../support/story.ts';

t.test('the report says who is in, who is out, why, and what comes next', async (t) => {
  const story = tellStory([{ name: 'near', weight: 2 }, { name: 'far', priority: 1 }, {}, { weight: 0 }]);
  story.requests(10);
  Object.assign(story.pool.origins[0]!, {
    ejectedUntil: story.now() + 1500,
    lastFailure: 'timeout',
  });
  story.pool.origins[1]!.unhealthy = true;
  const report = poolReport(story.pool, story.now());
  t.match(report, { name: 'pool', balance: 'adaptive', requests: 10 });
  t.match(report.origins[0], {
    name: 'near',
    weight: 2,
    ejected: true,
    state: /^ejected: timeout; next: one retest in 2 s/,
  });
  t.match(report.origins[1], { name: 'far', priority: 1, ejected: true, state: /health check/ });
  t.match(report.origins[2], { ejected: false, state: 'in rotation', inFlight: 0 });
  t.match(report.origins[3], { state: 'drained' });
  t.equal(
    report.origins.reduce((sum, origin) => sum + origin.requests, 0),
    10,
  );
  t.ok(report.origins.some((origin) => origin.estimateMs === 20));
});
