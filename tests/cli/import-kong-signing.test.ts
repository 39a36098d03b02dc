/** jwt and hmac-auth: their settings, and the keys and secrets of consumers in every form that files hold. */
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import t from 'tap';
import { importKong, type ImportOptions } from '../../cli/import-kong/import.ts';
import { closedRoutes, imported, said } from './import-kong-support.ts';

const ID = 'd5c11c4f-b5e7-4db3-a2d3-5fab834dd1e8';
const file = (plugins: unknown, consumer: object = {}, more: object = {}): string =>
  JSON.stringify({
    _format_version: '3.0',
    services: [{ name: 's', url: 'http://s.example.com', routes: [{ name: 'r', paths: ['/'], plugins }] }],
    consumers: [{ id: ID, username: 'wilma', ...consumer }],
    ...more,
  });
const routeOf = (name: string, config?: object, options?: ImportOptions) =>
  imported(file([{ name, ...(config ? { config } : {}) }]), options).routes?.[0];

t.test('settings of jwt', async (t) => {
  t.same(routeOf('jwt')?.jwt, { queryNames: ['jwt'], claims: [] }, "Kong's defaults");
  t.same(
    routeOf('jwt', {
      uri_param_names: ['t'],
      cookie_names: ['c'],
      header_names: ['X-Ticket'],
      key_claim_name: 'kid',
      claims_to_verify: ['exp', 'nbf'],
      maximum_expiration: 60,
      secret_is_base64: true,
      run_on_preflight: false,
      anonymous: 'wilma',
      realm: 'R',
    })?.jwt,
    {
      headers: ['X-Ticket'],
      queryNames: ['t'],
      cookieNames: ['c'],
      keyClaim: 'kid',
      claims: ['exp', 'nbf'],
      maxExpirationSeconds: 60,
      base64Secrets: true,
      runOnPreflight: false,
      anonymous: 'wilma',
      realm: 'R',
    },
  );
  t.same(routeOf('jwt', { uri_param_names: [], header_names: ['Authorization'], anonymous: '' })?.jwt, {
    queryNames: [],
    claims: [],
  });
  const faulty: [config: object, fault: RegExp][] = [
    [{ maximum_expiration: 60 }, /must list exp in claims_to_verify/],
    [{ maximum_expiration: -1 }, /maximum_expiration is a whole number from 0/],
    [{ claims_to_verify: ['aud'] }, /claims_to_verify is a list in which each entry is one of exp, nbf/],
    [{ header: 'x' }, /it has header/],
  ];
  for (const [config, fault] of faulty) t.match(importKong(file([{ name: 'jwt', config }])).faults, [fault]);
});

t.test('settings of hmac-auth', async (t) => {
  const all = ['hmac-sha1', 'hmac-sha256', 'hmac-sha384', 'hmac-sha512'];
  t.same(routeOf('hmac-auth')?.hmacAuth, { algorithms: all, signed: [], hideCredentials: false });
  t.same(
    routeOf('hmac-auth', {
      clock_skew: 10,
      algorithms: ['hmac-sha512', 'hmac-sha256'],
      enforce_headers: ['date', 'request-line'],
      validate_request_body: true,
      hide_credentials: true,
      anonymous: 'wilma',
      realm: 'R',
    })?.hmacAuth,
    {
      algorithms: ['hmac-sha256', 'hmac-sha512'],
      clockSkewSeconds: 10,
      signed: ['date', 'request-line'],
      bodyDigest: true,
      hideCredentials: true,
      anonymous: 'wilma',
      realm: 'R',
    },
  );
  t.match(importKong(file([{ name: 'hmac-auth', config: { algorithms: ['md5'] } }])).faults, [
    /one of hmac-sha1/,
  ]);
});

t.test('global, of a service, of a route; and none of a consumer', async (t) => {
  for (const name of ['jwt', 'hmac-auth'] as const) {
    const setting = name === 'jwt' ? 'jwt' : 'hmacAuth';
    const config = { realm: 'top' };
    const global = imported(file([], {}, { plugins: [{ name, config }] }));
    t.match(global[setting], config, `${name} stands at the top`);
    t.equal(global.routes?.[0]?.[setting], undefined);
    const both = imported(file([{ name }], {}, { plugins: [{ name, config }] }));
    t.match(both, { [setting]: config, routes: [{ [setting]: { realm: undefined } }] });
    const off = imported(file([{ name, enabled: false }], {}, { plugins: [] }));
    t.equal(off.routes?.[0]?.[setting], undefined, 'switched off');
    const tied = file([], {}, { plugins: [{ name, consumer: ID }] });
    t.not(importKong(tied).config === null && importKong(tied).faults.length, 0, 'a consumer has none');
    t.same(closedRoutes(both), {});
  }
});

const consumersOf = (secrets: object[], kind = 'jwt_secrets', options?: ImportOptions) =>
  imported(file([], { [kind]: secrets }), options).consumers?.[0];

t.test('secrets of tokens', async (t) => {
  const secret = { id: ID, key: 'iss-1', secret: 's3cr3t' };
  const read = { id: ID, name: 'iss-1', algorithm: 'HS256', secret: 's3cr3t' };
  t.match(consumersOf([secret]), { jwtSecrets: [read] });
  t.equal(consumersOf([secret])?.jwtKeys, undefined);
  t.match(consumersOf([{ ...secret, algorithm: 'HS512' }]), {
    jwtSecrets: [{ ...read, algorithm: 'HS512' }],
  });
  t.match(said(file([], { jwt_secrets: [secret] })), [
    /^check: jwt_secrets \(line 1\): the configuration holds its secret/,
  ]);
  const lost: [secret: object, why: RegExp][] = [
    [
      { key: 'a' },
      /^closed: jwt_secrets .*: a secret that the file does not name is nobody’s: its tokens get 401/,
    ],
    [{ secret: 'x' }, /^closed: jwt_secrets .*: a key that the file does not name/],
    [{ key: 'a', secret: '{vault://env/a}' }, /^closed: jwt_secrets .*: a secret that a vault holds/],
    [{ key: 'a', algorithm: 'RS256' }, /^closed: jwt_secrets .*: a public key that the file does not name/],
    [{ key: 'a', algorithm: 'RS256', rsa_public_key: 'x' }, /what is given is no public key of RS256/],
  ];
  for (const [one, why] of lost) {
    t.match(said(file([], { jwt_secrets: [one] })), [why]);
    t.match(consumersOf([one]), { jwtSecrets: undefined, jwtKeys: undefined });
  }
});

t.test('public keys, in every form', async (t) => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey;
  const spki = rsa.export({ type: 'spki', format: 'pem' }) as string;
  const pkcs1 = rsa.export({ type: 'pkcs1', format: 'pem' }) as string;
  const jwk = JSON.stringify(rsa.export({ format: 'jwk' }));
  const keyOf = (algorithm: string, pem: string) =>
    consumersOf([{ key: 'a', algorithm, rsa_public_key: pem }])?.jwtKeys?.[0]?.publicKey;
  for (const [form, pem] of Object.entries({ spki, pkcs1, jwk, 'with CRLF': spki.replaceAll('\n', '\r\n') }))
    t.equal(keyOf('RS256', pem), spki, form);
  t.equal(keyOf('PS512', spki), spki);
  const curves = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' };
  for (const [algorithm, namedCurve] of Object.entries(curves)) {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve });
    const pem = publicKey.export({ type: 'spki', format: 'pem' }) as string;
    t.equal(keyOf(algorithm, pem), pem, algorithm);
    t.ok(createPublicKey(pem));
    t.equal(
      keyOf(algorithm === 'ES256' ? 'ES384' : 'ES256', pem),
      undefined,
      `${namedCurve} is of ${algorithm}`,
    );
    t.equal(keyOf('RS256', pem), undefined);
  }
  for (const [type, is] of [
    ['ed25519', true],
    ['ed448', false],
  ] as const) {
    const { publicKey } = generateKeyPairSync(type as 'ed25519');
    const pem = publicKey.export({ type: 'spki', format: 'pem' }) as string;
    t.equal(keyOf('EdDSA', pem) !== undefined, is, type);
  }
  t.equal(keyOf('ES256', spki), undefined);
});

t.test('secrets of signatures', async (t) => {
  const kind = 'hmacauth_credentials';
  const one = { id: ID, username: 'kiosk', secret: 's3cr3t' };
  t.match(consumersOf([one], kind), { hmacSecrets: [one] });
  t.match(said(file([], { [kind]: [one] })), [
    /^check: hmacauth_credentials .*the configuration holds its secret/,
  ]);
  t.match(said(file([], { [kind]: [{ username: 'a' }] })), [
    /^closed: hmacauth_credentials .* its requests get 401/,
  ]);
  t.match(said(file([], { [kind]: [{ username: 'a"b', secret: 'x' }] })), [
    /^closed: .*a user name with quotes/,
  ]);
  t.match(importKong(file([], { [kind]: [{ secret: 'x' }] })).faults, [/must have username/]);
});

t.test('pages of the Admin API, under the older profile', async (t) => {
  const consumers = { data: [{ id: ID, username: 'wilma' }] };
  const jwts = { data: [{ id: ID, consumer_id: ID, key: 'iss-1', secret: 's', algorithm: 'HS256' }] };
  const hmacs = { data: [{ id: ID, consumer_id: ID, username: 'kiosk', secret: 's' }] };
  const wanted = [{ jwtSecrets: [{ name: 'iss-1' }], hmacSecrets: [{ username: 'kiosk' }] }];
  const named = JSON.stringify({ '/consumers': consumers, '/jwts': jwts, '/hmac-auths': hmacs });
  t.match(imported(named, { profile: 'kong-2018' }).consumers, wanted);
  const loose = JSON.stringify([consumers, jwts, hmacs]);
  t.match(imported(loose, { profile: 'kong-2018' }).consumers, wanted, 'known by their fields');
});

t.test('faults repeat no secret', async (t) => {
  const twice = { key: 'same', secret: 'secret-1' };
  const { faults } = importKong(
    file([], { jwt_secrets: [twice, { ...twice, secret: 'secret-2' }, { secret: 12345 }] }),
  );
  t.match(faults.join('\n'), /key .* must be unique/);
  t.match(faults.join('\n'), /secret .* must be a text that is not empty, received something else/);
  t.notMatch(faults.join('\n'), /secret-\d|12345/);
  t.notMatch(said(file([], { jwt_secrets: [twice] })).join('\n'), /secret-1/);
});
