/** Validates the time claims of a token (RFC 7519, 4.1.4 and 4.1.5), in whole seconds and without leeway. */
import type { JwtSettings, Settings } from '../../config/types.ts';
import { claimOf } from './token.ts';
import type { Claims } from './token.ts';

/**
 * The error for each claim, in Kong's words; null if all are valid. Kong checks only claims that are listed in
 * `claims`; outside its profiles those in the token are always checked. `now` in ms since 1970.
 */
export function claimFaults(
  payload: Claims,
  required: JwtSettings['claims'],
  compat: Settings['compat'],
  now: number,
): Record<string, string> | null {
  const seconds = Math.floor(now / 1000);
  const faults: Record<string, string> = {};
  for (const name of ['exp', 'nbf'] as const) {
    const time = claimOf(payload, name);
    if (!required.includes(name) && (compat !== null || time === undefined)) continue;
    if (typeof time !== 'number') faults[name] = 'must be a number';
    else if (name === 'exp' && time <= seconds) faults[name] = 'token expired';
    else if (name === 'nbf' && time > seconds) faults[name] = 'token not valid yet';
  }
  return Object.keys(faults).length > 0 ? faults : null;
}

/** Whether a token is valid for more than another `most` seconds; true for one without `exp`. */
export function livesTooLong(payload: Claims, most: number, now: number): boolean {
  const end = claimOf(payload, 'exp');
  return typeof end !== 'number' || end - Math.floor(now / 1000) > most;
}
