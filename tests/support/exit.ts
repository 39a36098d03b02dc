/** The end of a request: the response that is sent, and the lines that are logged. */
import type { Config } from '../../lib/config/types.ts';
import { finishResponse } from '../../lib/http/response.ts';
import { configured } from './config.ts';
import { callTo, type Parts } from './context.ts';
import { stateOf } from './state.ts';
import { virtualRuntime } from './virtual-runtime.ts';

/** `from` is the answer of the first origin, by default an empty 200, or a refusal. */
export function finished(
  config: Partial<Config>,
  from: unknown = new Response(),
  init: RequestInit = {},
  parts: Parts = {},
) {
  const runtime = virtualRuntime();
  const state = stateOf(configured(config), runtime);
  const { pools, routes } = state.settings;
  const known = { route: routes[0]!, origin: pools[0]!.origins[0]!, ...parts };
  const answer = from as Parameters<typeof finishResponse>[1];
  const response = finishResponse(callTo('/x', init, known), answer, state);
  const lines = runtime.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  return { response, headers: response.headers, lines };
}
