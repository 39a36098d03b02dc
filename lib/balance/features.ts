/** What a file may carry of the balancer beyond the race and its policies. */
import { consistentHash } from './consistent-hash.ts';
import { locateOrigins } from './geo-prior.ts';
import { hashFor } from './hash-on.ts';
import { healthChecks } from './health-checks.ts';
import { POLICIES } from './policies.ts';
import type { PoolFeatures } from './pool.ts';
import { leastLoad, loadRequests } from './reported-load.ts';

export const BALANCE_FEATURES: PoolFeatures = {
  policies: { ...POLICIES, 'consistent-hash': consistentHash, 'least-load': leastLoad },
  sideRequests: [loadRequests, healthChecks],
  locate: locateOrigins,
  hash: hashFor,
};
