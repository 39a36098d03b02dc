/** What dist/worker-full.js carries: everything, in Kong's order of plug-in priority. */
import { canaryRows, httpsRedirectRows, shadowRows } from './config/schema.ts';
import {
  healthPathRows,
  kongRows,
  respondWithRows,
  serverTimingRows,
  statusRows,
} from './config/schema-response.ts';
import type { Feature } from './core/feature.ts';
import { CORS, KEY_AUTH, LOG, RATE_LIMIT, REQUEST_ID, RESPONSE_HEADERS } from './features.ts';
import { startHealthPath } from './http/health-path.ts';
import { startServerTiming } from './http/log.ts';
import { startRespondWith } from './http/respond-with.ts';
import type { State } from './http/state.ts';
import { startKong } from './kong/compat.ts';
import { startCanary } from './routing/canary.ts';
import { startHttpsRedirect } from './routing/https-redirect.ts';
import { startStatus } from './status/api.ts';
import { startShadow } from './upstream/shadow.ts';

const HTTPS_REDIRECT: Feature = {
  name: 'https-redirect',
  rows: httpsRedirectRows,
  start: startHttpsRedirect,
};
const CANARY: Feature = { name: 'canary', rows: canaryRows, start: startCanary };
const SHADOW: Feature<State> = { name: 'shadow', rows: shadowRows, start: startShadow };
const RESPOND_WITH: Feature = { name: 'respond-with', rows: respondWithRows, start: startRespondWith };
const KONG: Feature = { name: 'kong', rows: kongRows, start: startKong };
const SERVER_TIMING: Feature = { name: 'server-timing', rows: serverTimingRows, start: startServerTiming };
const STATUS: Feature<State> = { name: 'status', rows: statusRows, start: startStatus };
const HEALTH_PATH: Feature = { name: 'health-path', rows: healthPathRows, start: startHealthPath };

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
  HEALTH_PATH,
  LOG,
];
