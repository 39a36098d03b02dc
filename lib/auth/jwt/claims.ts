/** The times that a token states (RFC 7519, 4.1.4 and 4.1.5), in whole seconds and without leeway. */
import type { JwtSettings, Settings } from '../../config/types.ts';
import { claimOf } from './token.ts';
import type { Claims } from './token.ts';

/**
 * What is wrong with each, in Kong's words; null for nothing. Kong looks at none that is not listed in `claims`; outside
 * its profiles what a token says of its own life holds. `now` in ms since 1970.
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

/** Whether a token goes on living longer than `most` seconds; one that states no end does. */
export function livesTooLong(payload: Claims, most: number, now: number): boolean {
  const end = claimOf(payload, 'exp');
  return typeof end !== 'number' || end - Math.floor(now / 1000) > most;
}
