/** Credentials of consumers: keys, passwords, secrets and public keys, in every format. */
import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import t from 'tap';
import { importKong } from '../../cli/import-kong/import.ts';
import { entityId } from '../../cli/import-kong/link.ts';
import { ID, imported, kong, messagesOf } from './import-kong-support.ts';

/** A file with one consumer. */
const file = (consumer: object, more: object = {}): string =>
  JSON.stringify({
    _format_version: '3.0',
    consumers: [{ id: ID, username: 'wilma', ...consumer }],
    ...more,
  });
const consumerOf = (text: string) => imported(text).consumers?.[0];

const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex');
const HASH = sha1(`pebbles-9${ID}`);
const login = (password: unknown, more?: object): string =>
  file({ basicauth_credentials: [{ username: 'w', password }] }, more);
const hashOf = (text: string) => consumerOf(text)?.logins?.[0]?.passwordHash;

t.test('a password becomes the hash that Kong would store', async (t) => {
  t.equal(hashOf(login('pebbles-9')), `sha1:${HASH}`);
  t.equal(hashOf(login('ü✓')), `sha1:${sha1(`ü✓${ID}`)}`);
  const nameless = login('x').replace(`"id":"${ID}",`, '');
  t.equal(
    hashOf(nameless),
    `sha1:${sha1(`x${entityId('consumers', 'wilma')}`)}`,
    'with the id that Kong derives',
  );
});

t.test('an exported password is taken as a hash, with _transform: false only', async (t) => {
  const exported = { _transform: false };
  t.equal(hashOf(login(HASH, exported)), `sha1:${HASH}`);
  t.equal(hashOf(login(HASH)), `sha1:${sha1(HASH + ID)}`, 'without _transform: false it is the password');
  t.match(messagesOf(login(HASH)), [/^check: basicauth_credentials \(line 1\).*write `_transform: false`/]);
  t.equal(hashOf(login('plain', exported)), undefined);
  t.match(messagesOf(login('plain', exported)), [/^closed: basicauth_credentials .*: the user gets 401/]);
  t.equal(hashOf(login('{vault://env/w}')), undefined);
});

t.test('credentials in pages of the Admin API are identified by endpoint or by their fields', async (t) => {
  const of = (fields: object) => ({ data: [{ id: ID, consumer_id: ID, ...fields }] });
  const pages = {
    '/consumers': { data: [{ id: ID, username: 'wilma' }] },
    '/basic-auths': of({ username: 'w', password: HASH }),
    '/jwts': of({ key: 'iss-1', secret: 's', algorithm: 'HS256' }),
    '/hmac-auths': of({ username: 'kiosk', secret: 's' }),
  };
  for (const text of [JSON.stringify(pages), JSON.stringify(Object.values(pages))])
    t.match(imported(text, { profile: 'kong-2018' }).consumers, [
      {
        logins: [{ passwordHash: `sha1:${HASH}` }],
        jwtSecrets: [{ name: 'iss-1' }],
        hmacSecrets: [{ username: 'kiosk' }],
      },
    ]);
});

const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
const pemOf = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }) as string;

t.test('imports secrets of JWT and HMAC credentials', async (t) => {
  const ofToken = { id: ID, key: 'iss-1', secret: 's3cr3t' };
  const read = { id: ID, name: 'iss-1', algorithm: 'HS256', secret: 's3cr3t' };
  const ofHmac = { id: ID, username: 'kiosk', secret: 's3cr3t' };
  const wilma = file({
    jwt_secrets: [ofToken, { ...ofToken, id: ID.replace('1', '2'), key: 'iss-2', algorithm: 'HS512' }],
    hmacauth_credentials: [ofHmac],
  });
  t.same(consumerOf(wilma), {
    id: ID,
    username: 'wilma',
    credentials: [],
    jwtSecrets: [read, { ...read, id: ID.replace('1', '2'), name: 'iss-2', algorithm: 'HS512' }],
    hmacSecrets: [ofHmac],
  });
  t.match(messagesOf(wilma), [
    /^check: hmacauth_credentials \(line 1\): the configuration holds its secret/,
    /^check: jwt_secrets \(line 1\): the configuration holds its secret/,
  ]);
});

t.test('a credential that cannot be known is omitted, and a note says why', async (t) => {
  const UNKNOWN: Readonly<Record<string, RegExp>> = {
    'keyauth_credentials: [{}]':
      /Kong generates this key at load, so no one knows it: callers with it get 401/,
    'keyauth_credentials: [{key: "{vault://env/a}"}]': /the key is in a vault, which is not read/,
    'jwt_secrets: [{key: a}]': /the secret is not in the file: its tokens get 401/,
    'jwt_secrets: [{secret: x}]': /the key is not in the file/,
    'jwt_secrets: [{key: a, secret: "{vault://env/a}"}]': /the secret is in a vault/,
    'jwt_secrets: [{key: a, algorithm: RS256}]': /the public key is not in the file/,
    'jwt_secrets: [{key: a, algorithm: RS256, rsa_public_key: x}]': /the key is not a public key for RS256/,
    'hmacauth_credentials: [{username: a}]': /the secret is not in the file: its requests get 401/,
    'hmacauth_credentials: [{username: a"b, secret: x}]': /a user name with quotes/,
  };
  for (const [credentials, why] of Object.entries(UNKNOWN)) {
    const text = kong(`consumers: [{id: ${ID}, username: wilma, ${credentials}}]`);
    t.same(consumerOf(text), { id: ID, username: 'wilma', credentials: [] });
    const [line = '', ...more] = messagesOf(text);
    t.same(more, []);
    t.match(line, why);
    t.ok(line.startsWith(`closed: ${credentials.split(':')[0]} `), line);
  }
});

t.test('a public key is imported in every format, but only with its own algorithm', async (t) => {
  const keyOf = (algorithm: string, pem: string) =>
    consumerOf(file({ jwt_secrets: [{ key: 'a', algorithm, rsa_public_key: pem }] }))?.jwtKeys?.[0]
      ?.publicKey;
  const spki = pemOf(RSA);
  const pkcs1 = RSA.export({ type: 'pkcs1', format: 'pem' }) as string;
  const jwk = JSON.stringify(RSA.export({ format: 'jwk' }));
  for (const [form, pem] of Object.entries({ spki, pkcs1, jwk, 'with CRLF': spki.replaceAll('\n', '\r\n') }))
    t.equal(keyOf('RS256', pem), spki, form);
  const ofCurve = (namedCurve: string): string => pemOf(generateKeyPairSync('ec', { namedCurve }).publicKey);
  const ofEdwards = (type: string): string => pemOf(generateKeyPairSync(type as 'ed25519').publicKey);
  const KEYS: readonly [algorithm: string, pem: string][] = [
    ['PS512', spki],
    ['ES256', ofCurve('P-256')],
    ['ES384', ofCurve('P-384')],
    ['ES512', ofCurve('P-521')],
    ['EdDSA', ofEdwards('ed25519')],
  ];
  for (const [algorithm, pem] of KEYS)
    for (const [other] of KEYS)
      t.equal(keyOf(other, pem), other === algorithm ? pem : undefined, `a key of ${algorithm} as ${other}`);
  t.equal(keyOf('EdDSA', ofEdwards('ed448')), undefined);
});

t.test('errors and notes contain no secret', async (t) => {
  const twice = { key: 'same', secret: 'secret-1' };
  const FAULTS: readonly [consumer: object, fault: RegExp][] = [
    [{ jwt_secrets: [twice, { ...twice, secret: 'secret-2' }] }, /key .* must be unique/],
    [{ jwt_secrets: [{ secret: 12345 }] }, /secret .* must be a non-empty string, received something else/],
    [{ basicauth_credentials: [{ username: 'w', password: 12345 }] }, /password .* received something else/],
    [{ basicauth_credentials: [{ password: 'secret-1' }] }, /must have username/],
    [{ hmacauth_credentials: [{ secret: 'secret-1' }] }, /must have username/],
  ];
  for (const [consumer, fault] of FAULTS) {
    const faults = importKong(file(consumer)).faults.join('\n');
    t.match(faults, fault);
    t.notMatch(faults, /secret-\d|12345/);
  }
  t.notMatch(messagesOf(file({ jwt_secrets: [twice] })).join(), /secret-1/, 'notes');
});
