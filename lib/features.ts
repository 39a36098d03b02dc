/**
 * What dist/worker.js carries, in Kong's order of plug-in priority: admission runs in this order, and so does what is done to an answer.
 */
import { startKeyAuth } from './auth/admit.ts';
import type { Feature } from './core/feature.ts';
import { startCors } from './cors.ts';
import { startLog, startRequestId } from './http/log.ts';
import { startResponseHeaders } from './http/response-headers.ts';
import { startRateLimit } from './limits/rate-limit.ts';

export const CORS: Feature = { name: 'cors', start: startCors };
export const KEY_AUTH: Feature = { name: 'key-auth', start: startKeyAuth };
export const RATE_LIMIT: Feature = { name: 'rate-limit', start: startRateLimit };
export const RESPONSE_HEADERS: Feature = { name: 'response-headers', start: startResponseHeaders };
export const REQUEST_ID: Feature = { name: 'request-id', start: startRequestId };
export const LOG: Feature = { name: 'log', start: startLog };

export const FEATURES = [CORS, KEY_AUTH, RATE_LIMIT, RESPONSE_HEADERS, REQUEST_ID, LOG];
