/**
 * May this request come in: credential -> digest -> consumer.
 *
 * Answers at once where nothing has to be awaited; a known key costs one digest and one look-up. The key itself goes no further than
 * this room: what is remembered, counted or told is the consumer, or the credential's id.
 *
 * On routes that ask for no key the Kong profiles leave a caller's own identity headers (identity.ts) alone, as Kong does; the plain
 * profile removes them there too, once any route asks for keys.
 */
import { credentialOf, lookUp, RETRY_MS, standingOf } from '../auth-cache.ts';
import type { Book } from '../auth-cache.ts';
import { readFields } from './body-key.ts';
import type { Context } from '../core/request.ts';
import { checkKey } from './key-check.ts';
import type { AuthSettings } from '../config/types.ts';
import { findKey, hideInQuery, hideInReferer } from './api-key.ts';
import type { Fields, Found } from './api-key.ts';
import { refuse } from '../core/errors.ts';
import type { Refusal } from '../core/errors.ts';
import { flightOf, hasIdleLane } from './single-flight.ts';
import { setConsumerHeaders } from './consumer-headers.ts';
import { countKey } from '../core/metrics.ts';
import type { Runtime } from '../core/runtime.ts';
import type { Hooks, Isolate } from '../core/feature.ts';
import { countVerdicts, createVerdicts, forgetVerdict } from '../auth-cache.ts';
import type { Verdicts } from '../auth-cache.ts';
import { BAD } from './verifier.ts';
import type { Known } from './verifier.ts';

const MESSAGES = {
  no_key: 'No API key found in request',
  duplicate_key: 'Duplicate API key found',
  bad_key: 'Unauthorized',
};
/** What admission works with in this isolate. */
export interface State {
  readonly settings: Isolate['settings'];
  readonly verdicts: Verdicts;
}

/** Routes that ask for no key have a part in it too, once any other does: nobody else may say who calls. */
export function startKeyAuth({ settings, runtime }: Isolate): Hooks {
  const verdicts = createVerdicts(settings);
  const state = { settings, verdicts };
  const guards = verdicts.books.size > 0 && settings.compat === null;
  return {
    admit: (route) => (route.auth || guards ? (context) => admit(context, state, runtime) : null),
    report: () => ({ keys: countVerdicts(verdicts) }),
    forget: (digest) => forgetVerdict(verdicts, digest),
  };
}

const RETRY_SECONDS = String(RETRY_MS / 1000);

type Admission = Refusal | null | Promise<Refusal | null>;

/** Null lets the request in; everything that admission changes about it then stands in the call. */
export function admit(context: Context, state: State, runtime: Runtime): Admission {
  const auth = context.route?.auth ?? null;
  if (auth === null || (context.method === 'OPTIONS' && !auth.runOnPreflight)) {
    if (state.settings.compat === null && state.verdicts.books.size > 0) setConsumerHeaders(context, null);
    return null;
  }
  // A GET's body is left alone: the platform forwards one that arrived, and lets nobody make one.
  if (auth.keyIn.includes('body') && context.request.body !== null && context.method !== 'GET')
    return admitByBody(context, auth, state, runtime);
  return admitByKey(context, auth, state, runtime, null);
}

async function admitByBody(
  context: Context,
  auth: AuthSettings,
  state: State,
  runtime: Runtime,
): Promise<Refusal | null> {
  const read = await readFields(context.request);
  if (read !== null) context.body = read.bytes;
  const fields = read?.fields ?? null;
  // Kong up to 2.1 refused what it could not read; later ones take it for a body without fields.
  if (fields === null && state.settings.compat === 'kong-2018')
    return refuse('bad_request', 400, 'Cannot process request body');
  return admitByKey(context, auth, state, runtime, fields);
}

function admitByKey(
  context: Context,
  auth: AuthSettings,
  state: State,
  runtime: Runtime,
  fields: Fields | null,
): Admission {
  const { compat } = state.settings;
  const found = findKey(auth, context.headers, context.query.slice(1), fields);
  if (found === null) return reject(context, auth, state, 'no_key');
  if (auth.hideCredentials) hideKey(context, found.name, compat, fields);
  if (found.repeated) return reject(context, auth, state, 'duplicate_key');
  if (found.key === '') return reject(context, auth, state, compat === 'kong-2018' ? 'bad_key' : 'no_key');
  return identify(context, auth, state, runtime, found);
}

async function identify(
  context: Context,
  auth: AuthSettings,
  state: State,
  runtime: Runtime,
  found: Found,
): Promise<Refusal | null> {
  const digest = await runtime.digest(found.key);
  const now = runtime.now();
  const credential = credentialOf(state.verdicts, digest, now) ?? (auth.verify === null ? BAD : null);
  if (credential !== null) countKey(context.metrics, 'hits');
  const judged =
    credential ?? judge(context, state.verdicts.books.get(auth) as Book, digest, found.key, now, runtime);
  const known = judged instanceof Promise ? await judged : judged;
  if (known === null)
    return refuse('no_verdict', 503, 'API key could not be verified', [['Retry-After', RETRY_SECONDS]]);
  if (known.good) return accept(context, auth, state, known, digest);
  return reject(context, auth, state, found.joined ? 'duplicate_key' : 'bad_key');
}

/** A verifier that is down never lets an unknown key in, never calls one bad, and never locks a known one out before staleSeconds. */
function judge(
  context: Context,
  book: Book,
  digest: string,
  key: string,
  now: number,
  runtime: Runtime,
): Known | null | Promise<Known | null> {
  const { metrics, waitUntil } = context;
  const entry = lookUp(book, digest);
  const standing = standingOf(book, entry, now);
  if (entry === undefined || standing === 'unknown') {
    countKey(metrics, 'misses');
    return checkKey(book, digest, key, false, runtime, waitUntil);
  }
  entry.used = true;
  if (standing === 'check' && hasIdleLane(book.flights, now)) {
    return checkKey(book, digest, key, true, runtime, waitUntil).then((verdict) => {
      countKey(metrics, verdict === null ? 'stale' : 'misses');
      return verdict ?? lookUp(book, digest) ?? null;
    });
  }
  countKey(metrics, now < entry.freshUntil ? 'hits' : 'stale');
  // Behind the answer: this caller's verdict still holds, or the verifier has more to do than it can.
  if (standing !== 'holds' && flightOf(book.flights, digest, now) === null)
    waitUntil(checkKey(book, digest, key, true, runtime, waitUntil));
  return entry;
}

/** The origin is told who calls, and never by the caller. `digest` is null for the anonymous consumer. */
function accept(
  context: Context,
  auth: AuthSettings,
  state: State,
  known: Known,
  digest: string | null,
): Refusal | null {
  const { consumer, headers, id } = known;
  context.consumer = consumer;
  context.credentialId = id ?? digest;
  context.anonymous = digest === null;
  // Kong named the credential to origins from 2.1 on.
  const shown = state.settings.compat === 'kong-2018' ? null : id;
  const nobody = context.anonymous ? 'true' : null;
  setConsumerHeaders(context, auth, consumer?.id, consumer?.username, consumer?.customId, shown, nobody);
  for (const [name, value] of headers) context.originHeaders.push([name, value]);
  return null;
}

/** A caller without a good key is the anonymous consumer where there is one. */
function reject(
  context: Context,
  auth: AuthSettings,
  state: State,
  reason: keyof typeof MESSAGES,
): Refusal | null {
  const { anonymous, realm } = auth;
  const challenge = realm === null ? 'Key' : `Key realm="${realm}"`;
  if (anonymous === null) return refuse(reason, 401, MESSAGES[reason], [['WWW-Authenticate', challenge]]);
  const nobody = state.verdicts.anonymous.get(auth);
  if (nobody !== undefined) return accept(context, auth, state, nobody, null);
  return refuse('anonymous_missing', 500, `anonymous consumer ${anonymous} is configured but doesn't exist`);
}

/** Removes the key from header, query, body and Referer, wherever it was found. */
function hideKey(
  context: Context,
  name: string,
  compat: State['settings']['compat'],
  fields: Fields | null,
): void {
  context.originHeaders.push([name, null]);
  if (name.includes('_')) context.originHeaders.push([name.replaceAll('_', '-'), null]);
  context.originQuery = hideInQuery(context.query, name, compat);
  const referer = context.headers.get('referer');
  if (referer !== null) context.originHeaders.push(['referer', hideInReferer(referer, name)]);
  if (fields !== null && fields.get(name) !== undefined) context.body = fields.without(name);
}
