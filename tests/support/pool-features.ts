/** All pool features of worker-full.js. */
import { FEATURES } from '../../lib/features-full.ts';
import { balanceOf } from '../../lib/http/state.ts';

export const ALL_POOL_FEATURES = balanceOf(FEATURES);
