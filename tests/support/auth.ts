/** Settings of `auth` as a configuration gives them. */
import { createHash } from 'node:crypto';
import type { Auth, AuthSettings, VerifySettings } from '../../lib/config/types.ts';
import { configured } from './config.ts';

export type Verify = Partial<NonNullable<Auth['verify']>>;

const verifierOf = (verify: Verify) => ({ url: 'https://verifier.test/keys/{key}', ...verify });

export const authSettings = (auth: Auth = {}): AuthSettings => configured({ auth }).routes[0]!.auth!;

/** `auth` with a verifier. */
export const verifiedBy = (verify: Verify = {}, auth: Auth = {}): AuthSettings =>
  authSettings({ ...auth, verify: verifierOf(verify) });

export const verifySettings = (verify: Verify = {}): VerifySettings => verifiedBy(verify).verify!;

/** SHA-256 of a key, as used by the configuration and the gateway. */
export function digestOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}
