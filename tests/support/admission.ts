/**
 * A gateway's authentication on a virtual clock: its consumers, its first route, and a verifier that is a
 * function.
 *
 *   const { withKey, runtime } = gate({ verify: VERIFY }, {}, knows('new'));
 *   (await withKey('new')).verdict      'in', or status, reason and message of the refusal
 */
import { startBasicAuth } from '../../lib/auth/basic-auth.ts';
import { startBodyKey } from '../../lib/auth/body-key.ts';
import { startKeyAuth } from '../../lib/auth/key-auth.ts';
import { startUnasked } from '../../lib/auth/unasked.ts';
import { checkConfig } from '../../lib/config/settings.ts';
import type { Auth, Config } from '../../lib/config/types.ts';
import type { Refusal } from '../../lib/core/errors.ts';
import { planOf, runSteps } from '../../lib/http/state.ts';
import type { Context } from '../../lib/core/request.ts';
import { dropForeign } from '../../lib/http/headers.ts';
import { digestOf } from './auth.ts';
import { callTo } from './context.ts';
import { virtualRuntime } from './virtual-runtime.ts';
import type { VirtualRuntime } from './virtual-runtime.ts';

export const BOB = {
  id: 'id-1',
  username: 'bob',
  customId: 'ref-1',
  credentials: [{ id: 'c-1', sha256: digestOf('one') }],
};

export const ANONYMOUS = { id: 'id-3', username: 'nobody', credentials: [] };

export const FORGED = {
  'x-consumer-id': 'evil',
  'x-consumer-username': 'evil',
  'x-consumer-custom-id': 'evil',
  'x-credential-identifier': 'evil',
  'x-anonymous-consumer': 'true',
};

interface Answer {
  /** "in", or status, reason and message of the refusal. */
  readonly verdict: string;
  readonly challenge: string | undefined;
  /** What the origin receives: the relevant headers, the query, the body. */
  readonly headers: Record<string, string>;
  readonly query: string;
  readonly body: string | null;
  readonly context: Context;
}

type Verifier = (request: Request, runtime: VirtualRuntime) => Response | Promise<Response>;

export function gate(
  auth: Auth | false,
  more: Partial<Config> = {},
  verifier: Verifier = () => new Response('', { status: 500 }),
) {
  const settings = checkConfig({
    origins: ['https://a.test'],
    consumers: [BOB, ANONYMOUS],
    auth,
    ...more,
  });
  const runtime = virtualRuntime({ fetch: async (request, world) => verifier(request, world) });
  const isolate = { settings, runtime, metrics: null, parts: {}, hooks: [] };
  const hooks = [
    startBodyKey(isolate),
    startKeyAuth(isolate),
    startBasicAuth(isolate),
    startUnasked(isolate),
  ];
  const [route] = settings.routes;
  const plan = planOf(hooks, route!);
  const work: Promise<unknown>[] = [];
  const contextOf = (path: string, init: RequestInit = {}): Context =>
    callTo(path, init, {
      route: route!,
      kong: settings.compat === null ? null : settings,
      startedAt: runtime.now(),
      waitUntil: (each) => void work.push(each),
    });
  const admit = (context: Context) => runSteps(context, plan.steps);
  async function enter(path: string, init: RequestInit = {}): Promise<Answer> {
    const context = contextOf(path, init);
    const refusal = (await admit(context)) as Refusal | null;
    return {
      verdict: refusal === null ? 'in' : `${refusal.status} ${refusal.reason}: ${refusal.message}`,
      challenge: refusal?.headers?.find(([name]) => name === 'WWW-Authenticate')?.[1],
      headers: originHeaders(context, init),
      query: context.originQuery,
      body: context.body && Buffer.from(context.body).toString(),
      context,
    };
  }
  const withKey = (apikey: string) => enter('/', { headers: { apikey } });
  const warm = () => [...hooks[1]!.verdicts!()[0]!.warm.keys()];
  return { enter, withKey, admit, contextOf, runtime, work, warm };
}

function originHeaders(context: Context, init: RequestInit): Record<string, string> {
  const headers = new Headers(init.headers);
  if (context.kong === null) dropForeign(headers, context);
  for (const [name, value] of context.originHeaders)
    if (value === null) headers.delete(name);
    else headers.set(name, value);
  return Object.fromEntries(headers);
}

export const verify = { url: 'https://v.test/{key}' };

const keyOf = (request: Request): string => decodeURIComponent(new URL(request.url).pathname.slice(1));

export const knows =
  (...keys: string[]): Verifier =>
  (request) =>
    new Response('{}', { status: keys.includes(keyOf(request)) ? 200 : 401 });
