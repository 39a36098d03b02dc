/**
 * May this request come in: credential -> digest -> consumer -> rate limit.
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
import type { Call } from '../core/request.ts';
import { checkKey } from './key-check.ts';
import type { AuthSettings } from '../config/types.ts';
import { findKey, hideInQuery, hideInReferer } from './api-key.ts';
import type { Fields, Found } from './api-key.ts';
import { refuse } from '../core/errors.ts';
import type { Refusal } from '../core/errors.ts';
import { flightOf, hasIdleLane } from './single-flight.ts';
import { introduce } from './consumer-headers.ts';
import { countKey } from '../core/metrics.ts';
import { limitCall } from '../limits/rate-limit.ts';
import type { Runtime } from '../core/runtime.ts';
import type { State } from '../http/state.ts';
import { BAD } from './verifier.ts';
import type { Known } from './verifier.ts';

const MESSAGES = {
  no_key: 'No API key found in request',
  duplicate_key: 'Duplicate API key found',
  bad_key: 'Unauthorized',
};
const RETRY_SECONDS = String(RETRY_MS / 1000);

type Admission = Refusal | null | Promise<Refusal | null>;

/** Null lets the request in; everything that admission changes about it then stands in the call. */
export function admit(call: Call, state: State, runtime: Runtime): Admission {
  const auth = call.route?.auth ?? null;
  if (auth === null || (call.method === 'OPTIONS' && !auth.runOnPreflight)) {
    if (state.settings.answers === 'plain' && state.verdicts.books.size > 0) introduce(call, null);
    return limitCall(state.limits, state.settings, call, call.startedAt);
  }
  // A GET's body is left alone: the platform forwards one that arrived, and lets nobody make one.
  if (auth.keyIn.includes('body') && call.request.body !== null && call.method !== 'GET')
    return admitByBody(call, auth, state, runtime);
  return admitByKey(call, auth, state, runtime, null);
}

async function admitByBody(
  call: Call,
  auth: AuthSettings,
  state: State,
  runtime: Runtime,
): Promise<Refusal | null> {
  const read = await readFields(call.request);
  if (read !== null) call.body = read.bytes;
  const fields = read?.fields ?? null;
  // Kong up to 2.1 refused what it could not read; later ones take it for a body without fields.
  if (fields === null && state.settings.answers === 'kong-2018')
    return refuse('bad_request', 400, 'Cannot process request body');
  return admitByKey(call, auth, state, runtime, fields);
}

function admitByKey(
  call: Call,
  auth: AuthSettings,
  state: State,
  runtime: Runtime,
  fields: Fields | null,
): Admission {
  const { answers } = state.settings;
  const found = findKey(auth, call.headers, call.query.slice(1), fields);
  if (found === null) return turnAway(call, auth, state, 'no_key');
  if (auth.hideCredentials) hideKey(call, found.name, answers, fields);
  if (found.repeated) return turnAway(call, auth, state, 'duplicate_key');
  if (found.key === '') return turnAway(call, auth, state, answers === 'kong-2018' ? 'bad_key' : 'no_key');
  return identify(call, auth, state, runtime, found);
}

async function identify(
  call: Call,
  auth: AuthSettings,
  state: State,
  runtime: Runtime,
  found: Found,
): Promise<Refusal | null> {
  const digest = await runtime.digest(found.key);
  const now = runtime.now();
  const credential = credentialOf(state.verdicts, digest, now) ?? (auth.verify === null ? BAD : null);
  if (credential !== null) countKey(call.metrics, 'hits');
  const judged =
    credential ?? judge(call, state.verdicts.books.get(auth) as Book, digest, found.key, now, runtime);
  const known = judged instanceof Promise ? await judged : judged;
  if (known === null)
    return refuse('no_verdict', 503, 'API key could not be verified', [['Retry-After', RETRY_SECONDS]]);
  if (known.good) return welcome(call, auth, state, known, digest);
  return turnAway(call, auth, state, found.joined ? 'duplicate_key' : 'bad_key');
}

/** A verifier that is down never lets an unknown key in, never calls one bad, and never locks a known one out before staleSeconds. */
function judge(
  call: Call,
  book: Book,
  digest: string,
  key: string,
  now: number,
  runtime: Runtime,
): Known | null | Promise<Known | null> {
  const { metrics, waitUntil } = call;
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
function welcome(
  call: Call,
  auth: AuthSettings,
  state: State,
  known: Known,
  digest: string | null,
): Refusal | null {
  const { consumer, headers, id } = known;
  call.consumer = consumer;
  call.credentialId = id ?? digest;
  call.anonymous = digest === null;
  // Kong named the credential to origins from 2.1 on.
  const shown = state.settings.answers === 'kong-2018' ? null : id;
  const nobody = call.anonymous ? 'true' : null;
  introduce(call, auth, consumer?.id, consumer?.username, consumer?.customId, shown, nobody);
  for (const [name, value] of headers) call.originHeaders.push([name, value]);
  return limitCall(state.limits, state.settings, call, call.startedAt);
}

/** A caller without a good key is the anonymous consumer where there is one. */
function turnAway(
  call: Call,
  auth: AuthSettings,
  state: State,
  reason: keyof typeof MESSAGES,
): Refusal | null {
  const { anonymous, realm } = auth;
  const challenge = realm === null ? 'Key' : `Key realm="${realm}"`;
  if (anonymous === null) return refuse(reason, 401, MESSAGES[reason], [['WWW-Authenticate', challenge]]);
  const nobody = state.verdicts.anonymous.get(auth);
  if (nobody !== undefined) return welcome(call, auth, state, nobody, null);
  return refuse('anonymous_missing', 500, `anonymous consumer ${anonymous} is configured but doesn't exist`);
}

/** Removes the key from header, query, body and Referer, wherever it was found. */
function hideKey(
  call: Call,
  name: string,
  answers: State['settings']['answers'],
  fields: Fields | null,
): void {
  call.originHeaders.push([name, null]);
  if (name.includes('_')) call.originHeaders.push([name.replaceAll('_', '-'), null]);
  call.originQuery = hideInQuery(call.query, name, answers);
  const referer = call.headers.get('referer');
  if (referer !== null) call.originHeaders.push(['referer', hideInReferer(referer, name)]);
  if (fields !== null && fields.get(name) !== undefined) call.body = fields.without(name);
}
