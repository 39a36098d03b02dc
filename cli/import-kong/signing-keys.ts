/**
 * Keys that verify signatures of tokens and requests. Public keys are converted to the one format that WebCrypto reads;
 * secrets are unchanged, since an HMAC needs them.
 */
import { createPublicKey, type KeyObject } from 'node:crypto';
import type { Consumer } from '../../lib/config/types.ts';
import type { Report } from './report.ts';
import type { Row } from './rows.ts';

type JwtKey = NonNullable<Consumer['jwtKeys']>[number];
type JwtSecret = NonNullable<Consumer['jwtSecrets']>[number];
type HmacSecret = NonNullable<Consumer['hmacSecrets']>[number];

/** `jwtKeys` and `jwtSecrets` of one consumer. */
export function mapJwtSecrets(rows: readonly Row[], report: Report): Partial<Consumer> {
  const found = rows.flatMap((row) => mapJwtSecret(row, report));
  const jwtKeys = found.filter((one) => 'publicKey' in one);
  const jwtSecrets = found.filter((one) => 'secret' in one);
  return { ...(jwtKeys.length > 0 ? { jwtKeys } : {}), ...(jwtSecrets.length > 0 ? { jwtSecrets } : {}) };
}

function mapJwtSecret({ id, at, fields }: Row, report: Report): (JwtKey | JwtSecret)[] {
  const { key: name, secret, rsa_public_key: pem, algorithm = 'HS256' } = fields;
  const closed = (why: string): [] => {
    report.note({ effect: 'closed', at, subject: 'jwt_secrets', text: `${why}: its tokens get 401` });
    return [];
  };
  if (!isKnown(name)) return closed(`a key ${unknown(name)}`);
  if (isOfSecret(algorithm)) {
    if (!isKnown(secret)) return closed(`a secret ${unknown(secret)}`);
    noteSecret(at, 'jwt_secrets', report);
    return [{ id, name, algorithm, secret }];
  }
  if (!isKnown(pem)) return closed(`a public key ${unknown(pem)}`);
  const key = readKey(pem);
  if (key === null || !fits(key, algorithm as JwtKey['algorithm']))
    return closed(`what is given is no public key of ${String(algorithm)}`);
  const publicKey = key.export({ type: 'spki', format: 'pem' }) as string;
  return [{ id, name, algorithm: algorithm as JwtKey['algorithm'], publicKey }];
}

const isOfSecret = (algorithm: unknown): algorithm is NonNullable<JwtSecret['algorithm']> =>
  String(algorithm).startsWith('HS');

export function mapHmacSecret({ id, at, fields }: Row, report: Report): HmacSecret[] {
  const { username, secret } = fields as { username: string; secret?: string };
  if (!isKnown(secret) || username.includes('"')) {
    const why = isKnown(secret)
      ? 'a user name with quotes cannot be told from its end'
      : `a secret ${unknown(secret)}`;
    report.note({
      effect: 'closed',
      at,
      subject: 'hmacauth_credentials',
      text: `${why}: its requests get 401`,
    });
    return [];
  }
  noteSecret(at, 'hmacauth_credentials', report);
  return [{ id, username, secret }];
}

/** Whether the value is in the file itself, not in a vault. */
function isKnown(text: unknown): text is string {
  return typeof text === 'string' && !text.startsWith('{vault:');
}
const unknown = (text: unknown): string =>
  typeof text === 'string'
    ? 'that a vault holds is not known here'
    : 'that the file does not name is nobody’s';

function noteSecret(at: Row['at'], subject: string, report: Report): void {
  const text =
    'the configuration holds its secret, as HMAC needs it: keep it where secrets are, or bind the secret';
  report.note({ effect: 'check', at, subject, text });
}

/** A PEM of any kind, or a JWK. */
function readKey(text: string): KeyObject | null {
  try {
    return text.trimStart().startsWith('{')
      ? createPublicKey({ key: JSON.parse(text) as never, format: 'jwk' })
      : createPublicKey(text);
  } catch {
    return null;
  }
}

const CURVES: Readonly<Record<string, string>> = {
  ES256: 'prime256v1',
  ES384: 'secp384r1',
  ES512: 'secp521r1',
};

/** Kong accepts Ed448 for EdDSA; WebCrypto does not support it. */
function fits({ asymmetricKeyType: type, asymmetricKeyDetails }: KeyObject, algorithm: string): boolean {
  if (algorithm === 'EdDSA') return type === 'ed25519';
  return algorithm.startsWith('ES') ? asymmetricKeyDetails?.namedCurve === CURVES[algorithm] : type === 'rsa';
}
