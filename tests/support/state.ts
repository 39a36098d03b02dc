/** Isolates with every feature, for tests that run a module without the script. */
import type { Config, Settings } from '../../lib/config/types.ts';
import { RUNTIME } from '../../lib/core/runtime.ts';
import type { Runtime } from '../../lib/core/runtime.ts';
import { FEATURES } from '../../lib/features-full.ts';
import { createState } from '../../lib/http/state.ts';
import type { State } from '../../lib/http/state.ts';
import { configured } from './config.ts';
import { virtualRuntime, type VirtualOptions } from './virtual-runtime.ts';

export function stateOf(settings: Settings, runtime: Runtime = RUNTIME): State {
  return createState(settings, runtime, FEATURES);
}

let isolates = 0;
/** An isolate with a random name, and the plan of its first route. */
export function newIsolate(config: Partial<Config>, options: VirtualOptions = {}) {
  const runtime = virtualRuntime({ seed: ++isolates, ...options });
  const state = stateOf(configured(config), runtime);
  const route = state.settings.routes[0]!;
  return { runtime, state, route, plan: state.plans.get(route)! };
}
