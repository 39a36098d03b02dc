/**
 * Consumers and their credentials: keys become digests, passwords Kong's own hashes, public keys the one format that
 * WebCrypto reads. HMAC secrets are unchanged, since verification needs them.
 */
import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import type { Consumer } from '../../lib/config/types.ts';
import { compact } from './checks.ts';
import { keyDigest } from './link.ts';
import { groupBy, type ImportState, type Row } from './rows.ts';
import type { Kind } from './schema.ts';

type Login = NonNullable<Consumer['logins']>[number];
type JwtKey = NonNullable<Consumer['jwtKeys']>[number];
type JwtSecret = NonNullable<Consumer['jwtSecrets']>[number];
type HmacSecret = NonNullable<Consumer['hmacSecrets']>[number];

export function mapConsumers({ rows, hashed }: ImportState): Consumer[] {
  const byConsumer = <K extends Kind, T>(list: readonly Row<K>[], map: (row: Row<K>) => readonly T[]) => {
    const owned = groupBy<Row<K>, Row | undefined>(list, ({ links }) => links.consumer);
    return (consumer: Row): T[] => (owned.get(consumer) ?? []).flatMap(map);
  };
  const keysOf = byConsumer(rows.keyauth_credentials, mapKey);
  const loginsOf = byConsumer(rows.basicauth_credentials, (row) =>
    mapLogin(row, hashed.has(row.report.path[0])),
  );
  const jwtSecretsOf = byConsumer(rows.jwt_secrets, mapJwtSecret);
  const hmacSecretsOf = byConsumer(rows.hmacauth_credentials, mapHmacSecret);
  const groupsOf = byConsumer(rows.acls, ({ fields }) => [String(fields.group)]);
  return rows.consumers.map((row) => {
    const { username, custom_id: customId } = row.fields;
    const logins = loginsOf(row);
    const hmacSecrets = hmacSecretsOf(row);
    const credentials = keysOf(row);
    const ofJwt = jwtSecretsOf(row);
    const lists = compact({
      jwtKeys: ofJwt.filter((one) => 'publicKey' in one),
      jwtSecrets: ofJwt.filter((one) => 'secret' in one),
      groups: groupsOf(row),
      logins,
      hmacSecrets,
    });
    return {
      id: row.id,
      ...compact({ username, customId }),
      credentials,
      ...lists,
    };
  });
}

/** The credential is omitted; a note says why. */
function closed({ kind, report }: Row, why: string, effect: string): [] {
  report.note('closed', `${why}: ${effect}`, kind);
  return [];
}

/** Whether the value is in the file itself, not in a vault. */
function isKnown(text: string | undefined): text is string {
  return text !== undefined && !text.startsWith('{vault:');
}
function unknown(what: string, text: string | undefined): string {
  return text === undefined ? `${what} is not in the file` : `${what} is in a vault, which is not read`;
}

function noteSecret({ kind, report }: Row): void {
  const text =
    'the configuration holds its secret, which HMAC needs: store the configuration as a secret, or bind the secret';
  report.note('check', text, kind);
}

function mapKey(row: Row<'keyauth_credentials'>): NonNullable<Consumer['credentials']> {
  const { key, ttl = 0 } = row.fields;
  if (isKnown(key)) return [{ id: row.id, sha256: keyDigest(key), ...(ttl > 0 ? { ttlSeconds: ttl } : {}) }];
  const why =
    key === undefined ? 'Kong generates this key at load, so no one knows it' : unknown('the key', key);
  return closed(row, why, 'callers with it get 401');
}

const HASH = /^[0-9a-f]{40}$/;

/**
 * Kong stores the SHA-1 of the password and the consumer's id; a file holds plain passwords, unless it was exported.
 */
function mapLogin(row: Row<'basicauth_credentials'>, isHashed: boolean): Login[] {
  const { username = '', password = '' } = row.fields;
  if (password.startsWith('{vault:') || (isHashed && !HASH.test(password))) {
    const why = isHashed ? 'the value is not a hash' : 'the password is in a vault, which is not read';
    return closed(row, why, 'the user gets 401');
  }
  if (!isHashed && HASH.test(password)) {
    const text = 'taken as the password itself, as Kong does; if it is a hash, write `_transform: false`';
    row.report.note('check', text, row.kind);
  }
  const hash = isHashed
    ? password
    : createHash('sha1').update(`${password}${row.links.consumer!.id}`).digest('hex');
  return [{ id: row.id, username, passwordHash: `sha1:${hash}` }];
}

function mapJwtSecret(row: Row<'jwt_secrets'>): (JwtKey | JwtSecret)[] {
  const { id, fields } = row;
  const { key: name, secret, rsa_public_key: pem, algorithm = 'HS256' } = fields;
  const refuse = (why: string): [] => closed(row, why, 'its tokens get 401');
  if (!isKnown(name)) return refuse(unknown('the key', name));
  if (algorithm === 'HS256' || algorithm === 'HS384' || algorithm === 'HS512') {
    if (!isKnown(secret)) return refuse(unknown('the secret', secret));
    noteSecret(row);
    return [{ id, name, algorithm, secret }];
  }
  if (!isKnown(pem)) return refuse(unknown('the public key', pem));
  const key = readKey(pem);
  if (key === null || !fits(key, algorithm)) return refuse(`the key is not a public key for ${algorithm}`);
  return [{ id, name, algorithm, publicKey: key.export({ type: 'spki', format: 'pem' }) as string }];
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

function mapHmacSecret(row: Row<'hmacauth_credentials'>): HmacSecret[] {
  const { username = '', secret } = row.fields;
  const refuse = (why: string): [] => closed(row, why, 'its requests get 401');
  if (!isKnown(secret)) return refuse(unknown('the secret', secret));
  if (username.includes('"')) return refuse('a user name with quotes cannot be parsed from the header');
  noteSecret(row);
  return [{ id: row.id, username, secret }];
}
