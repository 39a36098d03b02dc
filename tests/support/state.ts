/** An isolate's state, with every feature, for tests that run a module without the script. */
import type { Settings } from '../../lib/config/types.ts';
import { RUNTIME } from '../../lib/core/runtime.ts';
import type { Runtime } from '../../lib/core/runtime.ts';
import { FEATURES } from '../../lib/features-full.ts';
import { createState } from '../../lib/http/state.ts';
import type { State } from '../../lib/http/state.ts';

export function stateOf(settings: Settings, runtime: Runtime = RUNTIME): State {
  return createState(settings, runtime, FEATURES);
}
