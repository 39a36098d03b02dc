/** What dist/worker-full.js carries: everything, in Kong's order of plug-in priority. */
import type { Feature } from './core/feature.ts';
import { CORS, KEY_AUTH, LOG, RATE_LIMIT, REQUEST_ID, RESPONSE_HEADERS } from './features.ts';
import { startServerTiming } from './http/log.ts';
import { startRespondWith } from './http/respond-with.ts';
import type { State } from './http/state.ts';
import { startKong } from './kong/compat.ts';
import { startCanary } from './routing/canary.ts';
import { startHttpsRedirect } from './routing/https-redirect.ts';
import { startSharedLimit } from './shared/limits.ts';
import { startRevocations } from './shared/revocations.ts';
import { startStatus } from './status/api.ts';
import { startSums } from './status/sums.ts';
import { startShadow } from './upstream/shadow.ts';

const HTTPS_REDIRECT: Feature = { name: 'https-redirect', start: startHttpsRedirect };
const CANARY: Feature = { name: 'canary', start: startCanary };
const SHADOW: Feature<State> = { name: 'shadow', start: startShadow };
const REVOCATIONS: Feature = { name: 'revocations', start: startRevocations };
const SHARED_LIMIT: Feature = { name: 'shared-limit', start: startSharedLimit };
const SUMS: Feature<State> = { name: 'sums', start: startSums };
const RESPOND_WITH: Feature = { name: 'respond-with', start: startRespondWith };
const KONG: Feature = { name: 'kong', start: startKong };
const SERVER_TIMING: Feature = { name: 'server-timing', start: startServerTiming };
const STATUS: Feature<State> = { name: 'status', start: startStatus };

export const FEATURES: readonly Feature<State>[] = [
  // First, so that the copy is compared with the answer as the origin gave it.
  SHADOW,
  HTTPS_REDIRECT,
  CORS,
  // Before any verdict that is remembered lets a request in.
  REVOCATIONS,
  KEY_AUTH,
  SHARED_LIMIT,
  RATE_LIMIT,
  CANARY,
  RESPOND_WITH,
  RESPONSE_HEADERS,
  REQUEST_ID,
  KONG,
  SERVER_TIMING,
  STATUS,
  SUMS,
  LOG,
];
