/** Kong's cases about a balancer's choices only, without a request over the wire: run with the rules alone. */
import t from 'tap';
import { readFileSync } from 'node:fs';
import type { Balance } from '../../lib/config/types.ts';
import type { Outcome } from '../../lib/balance/outlier-detection.ts';
import { xxh32 } from '../../lib/core/xxhash.ts';
import { tellStory } from '../support/story.ts';

interface Target {
  readonly target: string;
  readonly weight: number;
}
interface UnitCase {
  readonly id: string;
  readonly level: string;
  readonly config: {
    readonly services: readonly { readonly retries?: number }[];
    readonly upstreams: readonly {
      readonly algorithm?: string;
      readonly hash_on?: string;
      readonly targets: readonly Target[];
    }[];
    readonly x_mock?: Record<
      string,
      { readonly unhealthyByOperator?: true; readonly rtt?: number; readonly fault?: string }
    >;
  };
  readonly request: {
    readonly headers: Record<string, string>;
    readonly repeat?: number;
    readonly holdOpen?: true;
  };
  readonly expect: {
    readonly distribution?: Record<string, number>;
    readonly pickOrder?: readonly string[];
    readonly upstreamReceives?: { readonly target: string };
  };
}
const cases = (JSON.parse(readFileSync(new URL('cases.json', import.meta.url), 'utf8')) as UnitCase[]).filter(
  (one) => one.level === 'unit',
);
t.equal(cases.length, 8);

for (const { id, config, request, expect } of cases)
  t.test(
    `${id}: ${JSON.stringify(expect.distribution ?? expect.pickOrder ?? expect.upstreamReceives)}`,
    async (t) => {
      const { algorithm = 'round-robin', hash_on, targets } = config.upstreams[0]!;
      const balance = (hash_on ? 'consistent-hash' : algorithm) as Balance;
      const origins = targets.map(({ target, weight }) => ({
        host: target,
        site: `http://${target}`,
        weight,
      }));
      const story = tellStory(origins, {
        balance,
        retries: config.services[0]!.retries ?? 5,
        retryBudgetPercent: 10_000,
      });
      const mock = config.x_mock ?? {};
      const outcomes: Record<number, Outcome> = {};
      for (const [i, { target }] of targets.entries()) {
        const { unhealthyByOperator, rtt, fault } = mock[target] ?? mock['default'] ?? {};
        const origin = story.pool.origins[i]!;
        if (unhealthyByOperator) origin.unhealthy = true;
        if (rtt !== undefined)
          Object.assign(origin, {
            latency: 1000 * rtt,
            mean: 1000 * rtt,
            deviation: 10,
            learntAt: story.now(),
          });
        if (fault !== undefined) outcomes[i] = 'unsent';
      }
      const asked: string[] = [];
      for (let k = 0; k < (request.repeat ?? 1); k++) {
        const told = story.begin({ hash: xxh32(request.headers['hashme'] ?? '') });
        if (request.holdOpen) told.moves();
        else told.run(1 + 1000 * (Object.values(mock)[0]?.rtt ?? 0.02), outcomes);
        asked.push(...told.asked().map((i) => targets[i]!.target));
      }
      const { distribution, pickOrder, upstreamReceives } = expect;
      for (const [target, count] of Object.entries(distribution ?? {}))
        t.equal(asked.filter((one) => one === target).length, count, target);
      if (pickOrder) t.strictSame(asked, [...pickOrder]);
      if (upstreamReceives) t.strictSame(asked, [upstreamReceives.target]);
    },
  );
