/** What dist/worker-full.js carries: everything, in Kong's order of plug-in priority. */
import type { Feature } from './core/feature.ts';
import { CORS, KEY_AUTH, LOG, RATE_LIMIT, REQUEST_ID, RESPONSE_HEADERS } from './features.ts';
import { startServerTiming } from './http/log.ts';
import { startRespondWith } from './http/respond-with.ts';
import type { State } from './http/state.ts';
import { startKong } from './kong/compat.ts';
import { startCanary } from './routing/canary.ts';
import { startHttpsRedirect } from './routing/https-redirect.ts';
import { startStatus } from './status/api.ts';
import { startShadow } from './upstream/shadow.ts';

const HTTPS_REDIRECT: Feature = { name: 'https-redirect', start: startHttpsRedirect };
const CANARY: Feature = { name: 'canary', start: startCanary };
const SHADOW: Feature<State> = { name: 'shadow', start: startShadow };
const RESPOND_WITH: Feature = { name: 'respond-with', start: startRespondWith };
const KONG: Feature = { name: 'kong', start: startKong };
const SERVER_TIMING: Feature = { name: 'server-timing', start: startServerTiming };
const STATUS: Feature<State> = { name: 'status', start: startStatus };

export const FEATURES: readonly Feature<State>[] = [
  // First, so that the copy is compared with the answer as the origin gave it.
  SHADOW,
  HTTPS_REDIRECT,
  CORS,
  KEY_AUTH,
  RATE_LIMIT,
  CANARY,
  RESPOND_WITH,
  RESPONSE_HEADERS,
  REQUEST_ID,
  KONG,
  SERVER_TIMING,
  STATUS,
  LOG,
];
