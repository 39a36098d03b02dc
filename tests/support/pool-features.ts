/** All that worker-full.js can do with a pool. */
import { FEATURES } from '../../lib/features-full.ts';
import { balanceOf } from '../../lib/http/state.ts';

export const ALL_POOL_FEATURES = balanceOf(FEATURES);
