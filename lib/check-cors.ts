/** What `cors` may be, with its defaults. A build for a configuration with `cors: false` leaves this room out. */
import { FLAG, listOf, or, shape, TEXT, TOKEN, whole } from './check.ts';
import type { Check } from './check.ts';
import type { CorsSettings } from './config.ts';

/** Kong's nine, in Kong's order. */
export const METHODS = Object.freeze([
  'GET',
  'HEAD',
  'PUT',
  'PATCH',
  'POST',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'CONNECT',
]);

export const checkCors: Check<CorsSettings> = shape({
  origins: or(listOf(TEXT), []),
  methods: or(listOf(TOKEN), METHODS),
  headers: or(listOf(TOKEN), null),
  exposedHeaders: or(listOf(TOKEN), []),
  credentials: or(FLAG, false),
  maxAge: or(whole(-1), null),
  preflightContinue: or(FLAG, false),
  privateNetwork: or(FLAG, false),
  allowOriginAbsent: or(FLAG, true),
});
