/** JSON Web Tokens as callers create them, valid and invalid. */
import { constants, createHmac, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

export type Part = Record<string, unknown> | string | number | boolean | null | unknown[];

export const encodePart = (part: Part): string => Buffer.from(JSON.stringify(part)).toString('base64url');

/** Signed with a secret or a private key, according to `header.alg`; `signature` replaces the correct one. */
export function tokenOf(
  payload: Part,
  key: string | Buffer | KeyObject,
  header: Part = { typ: 'JWT', alg: 'HS256' },
  signature?: string,
): string {
  const signed = `${encodePart(header)}.${encodePart(payload)}`;
  const { alg = 'HS256' } = (header ?? {}) as { alg?: string };
  return `${signed}.${signature ?? signatureOf(signed, String(alg), key)}`;
}

function signatureOf(signed: string, alg: string, key: string | Buffer | KeyObject): string {
  const hash = `sha${/\d+$/.exec(alg)?.[0] ?? '256'}`;
  if (typeof key === 'string' || Buffer.isBuffer(key))
    return createHmac(hash, key).update(signed).digest('base64url');
  const options = {
    key,
    dsaEncoding: 'ieee-p1363' as const,
    ...(alg.startsWith('PS')
      ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
      : {}),
  };
  return sign(alg === 'EdDSA' ? null : hash, Buffer.from(signed), options).toString('base64url');
}

export interface KeyPair {
  readonly privateKey: KeyObject;
  /** SPKI in PEM. */
  readonly publicKey: string;
}

/** Generates a pair for an algorithm. */
export function keyPairFor(alg: string, bits = 2048): KeyPair {
  const curve = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' }[alg];
  const { privateKey, publicKey } =
    alg === 'EdDSA'
      ? generateKeyPairSync('ed25519')
      : curve === undefined
        ? generateKeyPairSync('rsa', { modulusLength: bits })
        : generateKeyPairSync('ec', { namedCurve: curve });
  return { privateKey, publicKey: publicKey.export({ type: 'spki', format: 'pem' }) as string };
}
