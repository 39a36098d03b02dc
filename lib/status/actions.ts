/**
 * The operator's actions: POST below `status.path`, behind the token, from the page or from a program.
 *
 *   POST {path}/drain?pool=NAME&origin=NAME    no new requests to it; those in flight finish
 *   POST {path}/undrain?pool=NAME&origin=NAME  restores its configured weight
 *   POST {path}/eject?pool=NAME&origin=NAME    ejects it as if it had failed; a retest brings it back
 *   POST {path}/forget                         drops the verdicts on all keys, or on the one of this SHA-256
 *
 * A page of another site cannot make the operator's browser do any of this. Actions apply to the isolate that answers
 * and end with it, except `forget`, which `shared` propagates to all. Rejected: propagating a drain to the other
 * isolates. They would have to ask before each pick; a weight in the configuration reaches all of them.
 */
import { ejectOrigin, noteFailure } from '../balance/outlier-detection.ts';
import { refuse, type Refusal } from '../core/errors.ts';
import type { Context } from '../core/request.ts';
import { readAtMost } from '../core/read-at-most.ts';
import type { State } from '../http/state.ts';
import { poolReport } from './pool-report.ts';

/** The outcome, as JSON; 502 if other isolates could not be notified. */
export interface Done {
  readonly status: 200 | 502;
  readonly report: object;
}

/** Enough for the names of a pool and an origin, or for a digest in some JSON. */
const LARGEST_ORDER = 1024;

export const isAction = (name: string): boolean => /^(drain|undrain|eject|forget)$/.test(name);

const cannot = (name: string, status: number, why: string): Refusal =>
  refuse('bad_request', status, `Cannot ${name}: ${why}`, [['Cache-Control', 'no-store']]);

/** `name` is an action's name (isAction). */
export async function act(name: string, context: Context, state: State): Promise<Done | Refusal> {
  const site = context.headers.get('origin');
  if (site !== null && !site.endsWith('//' + context.host)) return cannot(name, 403, 'another site asks');
  const body = await readAtMost(context.request.body, LARGEST_ORDER);
  if (body === null || context.query.length > LARGEST_ORDER)
    return cannot(name, 400, 'the request is too long');
  const words = `${context.query.slice(1)}&${new TextDecoder().decode(body)}`;
  return name === 'forget' ? forgetKeys(words, state) : moveOrigin(name, words, state);
}

/** Drains, undrains or ejects an origin. */
function moveOrigin(name: string, words: string, { pools, runtime }: State): Done | Refusal {
  const asked = new URLSearchParams(words);
  const now = runtime.now();
  const pool = pools.find(({ settings }) => settings.name === asked.get('pool'));
  const origin = pool?.origins.find(({ settings }) => settings.name === asked.get('origin'));
  if (!pool || !origin) return cannot(name, 404, 'pool and origin must be names of the configuration');
  const { weight } = origin.settings;
  if (weight === 0) return cannot(name, 409, 'its weight is 0 in the configuration');
  if (name === 'drain') origin.weight = 0;
  else if (name === 'undrain') origin.weight = weight;
  else if (pool.settings.outlier.consecutiveFailures === Infinity)
    return cannot(name, 409, 'with outlier: false nothing would bring it back; drain it');
  else if (now >= origin.ejectedUntil) {
    noteFailure(origin, 'operator', 0, now);
    ejectOrigin(pool, origin, now);
  }
  return {
    status: 200,
    report: { pool: pool.settings.name, origin: poolReport(pool, now).origins[origin.index] },
  };
}

/** Anything but a digest is rejected: a typing mistake must not drop all verdicts. */
async function forgetKeys(text: string, { hooks }: State): Promise<Done | Refusal> {
  // Accepts `digest=...`, `{"all":true}` and the like: only the words are read.
  const words = text.toLowerCase().match(/\w+/g) ?? [];
  const digest = words.find((word) => /^[0-9a-f]{64}$/.test(word)) ?? null;
  if (digest === null && words.some((word) => word !== 'all' && word !== 'true'))
    return cannot('forget', 400, 'a key must be named by the 64 hex digits of its SHA-256');
  const forgotten = hooks.reduce((sum, { forget: drop }) => sum + (drop?.(digest) ?? 0), 0);
  const everywhere = await hooks.find((hook) => hook.revoke)?.revoke?.(digest);
  return { status: everywhere === false ? 502 : 200, report: { forgotten, everywhere } };
}
