/** Settings of `auth` as the configuration check resolves them, for rules that are tested without it. */
import { createHash } from 'node:crypto';
import type { AuthSettings, VerifySettings } from '../../lib/config/types.ts';

export function authSettings(auth: Partial<AuthSettings> = {}): AuthSettings {
  return {
    keyNames: ['apikey'],
    keyIn: ['header', 'query'],
    hideCredentials: true,
    anonymous: null,
    runOnPreflight: true,
    realm: null,
    verify: null,
    cache: { ttlSeconds: 60, negativeTtlSeconds: 10, staleSeconds: 600, maxEntries: 100_000 },
    ...auth,
  };
}

export function verifySettings(verify: Partial<VerifySettings> = {}): VerifySettings {
  return {
    url: 'https://verifier.test/keys/{key}',
    method: 'GET',
    keyHeader: 'apikey',
    headers: [],
    timeoutMs: 2000,
    field: null,
    consumer: { id: null, username: null, customId: null },
    upstreamHeaders: [],
    ...verify,
  };
}

/** SHA-256 of a key, as used by the configuration and the gateway. */
export function digestOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}
