/** The configured keys, by digest: verified without a verifier. */
import type { Consumer } from '../config/types.ts';
import { refuse } from '../core/errors.ts';
import type { Refusal } from '../core/errors.ts';
import type { Authenticated } from './admit.ts';

interface Credential {
  readonly caller: Authenticated;
  /** Lifetime in ms, from the isolate's first request on. */
  readonly lifeMs: number;
}
export interface Credentials {
  /** By SHA-256 in hex. */
  readonly byDigest: ReadonlyMap<string, Credential>;
  /** The time of the first request: there is no clock before it. */
  bornAt: number;
}

export function createCredentials(consumers: readonly Consumer[]): Credentials {
  const byDigest = new Map<string, Credential>();
  for (const consumer of consumers)
    for (const { id, sha256, ttlSeconds } of consumer.credentials) {
      const caller = { identity: { consumer, headers: [], id }, credentialId: id ?? sha256 };
      byDigest.set(sha256, { caller, lifeMs: (ttlSeconds ?? Infinity) * 1000 });
    }
  return { byDigest, bornAt: 0 };
}

/** The caller of a digest (64 hex digits); null if there is none, or the credential has expired. */
export function callerByDigest(credentials: Credentials, digest: string, now: number): Authenticated | null {
  if (credentials.bornAt === 0) credentials.bornAt = now;
  const credential = credentials.byDigest.get(digest);
  return credential !== undefined && now < credentials.bornAt + credential.lifeMs ? credential.caller : null;
}

/** The caller that a credential with a name of its own belongs to. `isLogin`: the name is a user name. */
export function namedCaller(
  consumer: Consumer,
  { id }: { readonly id?: string | undefined },
  name: string,
  isLogin: boolean,
): Authenticated {
  const identity = { consumer, headers: [], id: name, login: isLogin ? name : undefined };
  return { identity, credentialId: id ?? name };
}

/**
 * The anonymous consumer, used for requests without a good credential: the one of that id, else of that username. Null:
 * such requests are refused.
 */
export function anonymousCaller(
  consumers: readonly Consumer[],
  name: string | null,
): Authenticated | Refusal | null {
  if (name === null) return null;
  const consumer =
    consumers.find(({ id }) => id === name) ?? consumers.find(({ username }) => username === name);
  return consumer === undefined
    ? refuse('anonymous_missing', 500, `anonymous consumer ${name} is configured but doesn't exist`)
    : { identity: { consumer, headers: [] }, credentialId: null };
}
