/** hmac-auth: the header, the signed string, the dates, the body's digest. */
import { createHash, createHmac } from 'node:crypto';
import type { Expectation, KongCase, KongRequest } from '../case.ts';
import { BOB, ANONYMOUS, get, one, received, refusal, withPlugins } from './forms.ts';
import type { Config } from './forms.ts';

type Headers = Record<string, string>;
const SECRET = 's3cr3t-lantern-oil';
const DATE = 'Thu, 01 Jan 2015 08:30:00 GMT';
const ADA = {
  id: '44444444-4444-4444-8444-444444444444',
  username: 'ada',
  hmacauth_credentials: [{ username: 'ada-kiosk', secret: SECRET }],
};
const hmac = (config: object = {}, more: object = {}): Config =>
  withPlugins([{ name: 'hmac-auth', config: { clock_skew: 1e10, ...config } }], {
    consumers: [ADA, BOB, ANONYMOUS],
    ...more,
  });

const challenge = { 'WWW-Authenticate': 'hmac' };
const NONE = refusal(401, 'Unauthorized', challenge);
const UNVERIFIABLE = refusal(401, 'HMAC signature cannot be verified', challenge);
const WRONG = refusal(401, 'HMAC signature does not match', challenge);
const OUTDATED = refusal(
  401,
  'HMAC signature cannot be verified, a valid date or x-date header is required for HMAC Authentication',
  challenge,
);
const isAda: Expectation = received({
  headers: { equal: { 'x-consumer-username': 'ada', 'x-credential-identifier': 'ada-kiosk' } },
});

/** The header's value for these lines. */
function signed(names: string, text: string, algorithm = 'hmac-sha256'): string {
  const signature = createHmac(algorithm.slice(5), SECRET).update(text).digest('base64');
  return `hmac username="ada-kiosk", algorithm="${algorithm}", headers="${names}", signature="${signature}"`;
}
const DATED = `x-date: ${DATE}`;
const GOOD = signed('x-date', DATED);
const dated = (authorization: string, more: Headers = {}): Headers => ({
  'X-Date': DATE,
  Authorization: authorization,
  ...more,
});

const requests: [name: string, request: KongRequest, expect: Expectation][] = [
  ['SHA-384', get('/', dated(signed('x-date', DATED, 'hmac-sha384'))), isAda],
  ['Hmac', get('/', dated(GOOD.replace('hmac ', 'Hmac '))), isAda],
  ['HMAC', get('/', dated(GOOD.replace('hmac ', 'HMAC '))), UNVERIFIABLE],
  ['after another word', get('/', dated(`Signature ${GOOD}`)), isAda],
  ['without commas', get('/', dated(GOOD.replaceAll(',', ''))), UNVERIFIABLE],
  ['without a signature', get('/', dated(GOOD.replace(/, signature.*/, ''))), UNVERIFIABLE],
  ['with more after its padding', get('/', dated(`${GOOD}, more="x"`)), isAda],
  ['with more after it', get('/', dated(`${signed('x-date', DATED, 'hmac-sha384')}, more="x"`)), WRONG],
  ['another algorithm', get('/', dated(GOOD.replace('sha256', 'md5'))), UNVERIFIABLE],
  ['another user', get('/', dated(GOOD.replace('ada-kiosk', 'ada'))), UNVERIFIABLE],
  ['a user of the prototype', get('/', dated(GOOD.replace('ada-kiosk', 'constructor'))), UNVERIFIABLE],
  ['the URL alphabet of base64', get('/', dated(GOOD.replace(/signature=".*"/, 'signature="-_-_"'))), WRONG],
  ['an empty Authorization', get('/', { 'X-Date': DATE }), NONE],
  ['no date, and nothing readable', get('/', { Authorization: 'Bearer x' }), OUTDATED],
  ['a date that is not signed', get('/', { Date: DATE, Authorization: signed('x-none', 'x-none:') }), isAda],
  [
    'RFC 850',
    get('/', {
      'X-Date': 'Thursday, 01-Jan-15 08:30:00 GMT',
      Authorization: signed('x-date', 'x-date: Thursday, 01-Jan-15 08:30:00 GMT'),
    }),
    isAda,
  ],
  [
    'asctime',
    get('/', {
      'X-Date': 'Thu Jan  1 08:30:00 2015',
      Authorization: signed('x-date', 'x-date: Thu Jan  1 08:30:00 2015'),
    }),
    isAda,
  ],
  ['an invalid day', get('/', { 'X-Date': 'Thu, 31 Feb 2015 08:30:00 GMT', Authorization: GOOD }), OUTDATED],
  ['seconds of the epoch', get('/', { 'X-Date': '1420101000', Authorization: GOOD }), OUTDATED],
  ['a missing header', get('/', dated(signed('x-none x-date', `x-none:\n${DATED}`))), isAda],
  ['as the client spells it', get('/', dated(signed('X-Date', `X-Date: ${DATE}`))), isAda],
  ['an underscore for a dash', get('/', dated(signed('x_date', `x_date: ${DATE}`))), isAda],
  ['two spaces', get('/', dated(signed('x-date  host', `${DATED}\n:\nhost: a.test`))), isAda],
  ['the same twice', get('/', dated(signed('x-date x-date', `${DATED}\n${DATED}`))), isAda],
  [
    'the target',
    get(
      '/a/b?q=1&q=%20',
      dated(signed('@request-target x-date', `@request-target: get /a/b?q=1&q=%20\n${DATED}`)),
    ),
    isAda,
  ],
  [
    'the target of another method',
    get('/a', dated(signed('@request-target', '@request-target: get /a')), { method: 'DELETE' }),
    WRONG,
  ],
  ['the line', get('/a?b', dated(signed('request-line', 'GET /a?b HTTP/1.1'))), isAda],
  ['the line in small letters', get('/a', dated(signed('request-line', 'get /a HTTP/1.1'))), WRONG],
  [
    'the other header first',
    get('/', { 'X-Date': DATE, 'Proxy-Authorization': GOOD, Authorization: GOOD.replace('ada-kiosk', 'x') }),
    isAda,
  ],
  [
    'the other header, wrong',
    get('/', { ...dated(GOOD), 'Proxy-Authorization': GOOD.replace('ada-kiosk', 'x') }),
    UNVERIFIABLE,
  ],
  ['an OPTIONS request', get('/', {}, { method: 'OPTIONS' }), NONE],
];

const BODY = '{"pump":"on"}';
const digestOf = (body: string): string => `SHA-256=${createHash('sha256').update(body).digest('base64')}`;
const sent = (body: string | null, digest: string | null): KongRequest =>
  get('/', dated(GOOD, digest === null ? {} : { Digest: digest }), { method: 'POST', body });
const bodies: [name: string, request: KongRequest, expect: Expectation][] = [
  ['matching digest', sent(BODY, digestOf(BODY)), received({ body: BODY })],
  ['another', sent(BODY, digestOf('x')), WRONG],
  ['no digest', sent(BODY, null), WRONG],
  ['no body, no digest', sent(null, null), isAda],
  ['no body, with the digest of an empty one', sent(null, digestOf('')), isAda],
  ['SHA-512', sent(BODY, digestOf(BODY).replace('256', '512')), WRONG],
  ['in small letters', sent(BODY, digestOf(BODY).replace('SHA', 'sha')), WRONG],
  ['8 KiB', sent('x'.repeat(8192), digestOf('x'.repeat(8192))), isAda],
  ['more than the buffer', sent('x'.repeat(8193), digestOf('x'.repeat(8193))), WRONG],
];

const at = (date: string): Headers => ({ Date: date, Authorization: signed('date', `date: ${date}`) });
const clock: [name: string, date: string, expect: Expectation][] = [
  ['301 s behind', 'Sun, 17 Mar 2030 17:41:39 GMT', OUTDATED],
  ['300 s ahead', 'Sun, 17 Mar 2030 17:51:40 GMT', isAda],
];

const OLD = { kong: '0.14' };
const was = (status: number, message: string): Expectation => ({
  status,
  bodyExact: `${JSON.stringify({ message })}\n`,
  headers: { absent: ['WWW-Authenticate'] },
});
const enforced = { enforce_headers: ['x-date', 'host'] };
const hiding = { hide_credentials: true, anonymous: 'no-body' };

export const signatureCases: KongCase[] = [
  ...requests.map(([name, request, expect]) => one(`hmac-auth: ${name}`, hmac(), request, expect)),
  ...bodies.map(([name, request, expect]) =>
    one(`hmac-auth: a body, ${name}`, hmac({ validate_request_body: true }), request, expect),
  ),
  ...clock.map(([name, date, expect]) =>
    one(`hmac-auth: ${name}`, hmac({ clock_skew: 300 }), get('/', at(date), { now: 1_900_000_000 }), expect),
  ),
  one('hmac-auth: not every required header is signed', hmac(enforced), get('/', dated(GOOD)), UNVERIFIABLE),
  one(
    'hmac-auth: every required header is signed',
    hmac(enforced),
    get('/', dated(signed('host x-date', `host: a.test\n${DATED}`))),
    isAda,
  ),
  one(
    'hmac-auth: a rejected header is hidden, whatever its scheme',
    hmac(hiding),
    get('/', dated('Bearer x')),
    received({ headers: { equal: { 'x-anonymous-consumer': 'true' }, absent: ['authorization'] } }),
  ),
  one(
    'hmac-auth: without a date nothing else is checked',
    hmac(hiding),
    get('/', { Authorization: 'Bearer x' }),
    received({ headers: { equal: { authorization: 'Bearer x', 'x-anonymous-consumer': 'true' } } }),
  ),
  one('hmac-auth 0.14: nothing', hmac(), get('/'), was(401, 'Unauthorized'), OLD),
  one(
    'hmac-auth 0.14: an unknown user',
    hmac(),
    get('/', dated(GOOD.replace('ada-kiosk', 'x'))),
    was(403, 'HMAC signature cannot be verified'),
    OLD,
  ),
  one(
    'hmac-auth 0.14: only the path',
    hmac(),
    get('/a%20b?q=1', dated(signed('request-line', 'GET /a b HTTP/1.1'))),
    { status: 200 },
    OLD,
  ),
  one(
    'hmac-auth 0.14: the user name is sent',
    hmac(),
    get('/', dated(GOOD)),
    received({
      headers: { equal: { 'x-credential-username': 'ada-kiosk' }, absent: ['x-credential-identifier'] },
    }),
    OLD,
  ),
];
