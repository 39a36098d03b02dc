/** What `cors` may be, with its defaults. */
import { FLAG, listOf, or, shape, TEXT, derive, TOKEN, whole } from './validate.ts';
import type { Check } from './validate.ts';
import type { CorsSettings } from './types.ts';
import { globOf } from '../core/origin-glob.ts';
import { checkPattern } from '../core/regex.ts';

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

/** Any character that no plain origin holds makes a regular expression of it. */
const checkEntry = (entry: string, place: string, faults: string[]): string =>
  entry !== '*' && /[^\w.:/-]/.test(entry) && globOf(entry) === null
    ? checkPattern(entry, place, faults)
    : entry;

export const checkCors: Check<CorsSettings> = shape({
  origins: or(listOf(derive(TEXT, checkEntry)), []),
  methods: or(listOf(TOKEN), METHODS),
  headers: or(listOf(TOKEN), null),
  exposedHeaders: or(listOf(TOKEN), []),
  credentials: or(FLAG, false),
  maxAge: or(whole(-1), null),
  preflightContinue: or(FLAG, false),
  privateNetwork: or(FLAG, false),
  allowOriginAbsent: or(FLAG, true),
});
