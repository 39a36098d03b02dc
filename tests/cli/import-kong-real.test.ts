/** What real files hold and importers get wrong, in small: each input with what is right. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { importKong, type ImportOptions } from '../../cli/import-kong/import.ts';
import { startGateway, type Gateway } from '../support/gateway.ts';
import { rawRequest } from '../support/raw.ts';
import { startMock } from '../kong/mock.ts';
import { closedRoutes, imported, said } from './import-kong-support.ts';

const read = (name: string): string =>
  readFileSync(new URL(`kong-real/${name}.yml`, import.meta.url), 'utf8');

interface Right {
  readonly options?: ImportOptions;
  /** Closed routes and what closes them; left out: faults alone. */
  readonly closed?: Record<string, string>;
  /** All that is said, in order. */
  readonly says: readonly RegExp[];
}

const FILES: Record<string, Right> = {
  'request-termination': { closed: {}, says: [] },
  'anonymous-terminated': { closed: {}, says: [] },
  'acl-public-key': { closed: {}, says: [] },
  'unknown-auth-plugin': {
    closed: { ledger: 'oidc', vault: 'custom-jwt' },
    says: [
      /^closed: oidc \(line 6\), route ledger: 503/,
      /^closed: custom-jwt \(line 10\), route vault: 503/,
    ],
  },
  'placeholder-key': {
    says: [
      /^fault: consumers\[0\]\.keyauth_credentials\[0\]\.key \(line 3\) holds the placeholder \$\{PARTNER_KEY\}/,
      /^fault: consumers\[1\]\.keyauth_credentials\[0\]\.key \(line 4\) holds the placeholder \$SITE_KEY/,
      /^fault: services\[0\]\.routes\[0\]\.hosts\[0\] \(line 8\) holds the placeholder \$\{STAGE\}/,
    ],
  },
  'placeholder-port': { says: [/^fault: services\[0\]\.url \(line 4\) holds the placeholder \$AUTH_HOST/] },
  'container-names': {
    closed: {},
    says: [/^check: users, orders\.shop\.svc\.cluster\.local, host\.docker\.internal .*--host users=/],
  },
  'jwt-only': {
    closed: {},
    says: [/^check: jwt_secrets \(line 3\): the configuration holds its secret/],
  },
  'bot-detection': { closed: {}, says: [] },
  configmap: { closed: {}, says: [] },
  'duplicate-header': {
    closed: {},
    says: [/^check: equal keys, _format_version \(line 4\), _transform \(line 5\): .* the last counts/],
  },
  'request-transformer-uri': { closed: {}, says: [] },
};

for (const [name, { closed, says, options }] of Object.entries(FILES))
  t.test(name, async (t) => {
    const { config } = importKong(read(name), options);
    t.same(config && closedRoutes(config), closed ?? null, 'closed routes');
    const lines = said(read(name), options);
    for (const [index, expected] of says.entries()) t.match(lines[index], expected);
    t.equal(lines.length, says.length, lines.join('\n'));
  });

interface Asked {
  readonly file: string;
  readonly options?: ImportOptions;
  readonly path: string;
  readonly key?: string;
  /** User name and password. */
  readonly login?: string;
  readonly agent?: string;
  /** What the origin is asked: the path and these headers. Left out: whatever it is. */
  readonly asks?: readonly [path: string, headers: Record<string, string | null>];
  /** Status, and the body where the gateway answers by itself. */
  readonly gets: readonly [number, (string | RegExp)?];
}
const ASKED: readonly Asked[] = [
  {
    file: 'request-termination',
    path: '/cards/admin',
    gets: [403, '{"message":"Access is forbidden."}'],
  },
  { file: 'request-termination', path: '/cards', gets: [200] },
  {
    file: 'anonymous-terminated',
    path: '/orders',
    gets: [403, '{"message":"Say who you are"}'],
  },
  { file: 'anonymous-terminated', path: '/orders', key: 'ada-key-1', gets: [200] },
  { file: 'anonymous-terminated', path: '/orders', login: 'ada:pw', gets: [200] },
  {
    file: 'unknown-auth-plugin',
    path: '/vault',
    gets: [503, '{"message":"closed: custom-jwt is not carried over"}'],
  },
  { file: 'acl-public-key', path: '/rest/a', gets: [401] },
  {
    file: 'acl-public-key',
    path: '/rest/a',
    key: 'pub-key',
    gets: [200],
    asks: ['/a', { 'x-consumer-username': 'public', 'x-consumer-groups': null, apikey: null }],
  },
  { file: 'acl-public-key', path: '/db/a', gets: [401] },
  {
    file: 'acl-public-key',
    path: '/db/a',
    key: 'pub-key',
    gets: [403, /"message":"You cannot consume this service"/],
  },
  { file: 'acl-public-key', path: '/db/a', key: 'op-key', gets: [200], asks: ['/a', { apikey: 'op-key' }] },
  { file: 'bot-detection', path: '/news', agent: 'Mozilla/5.0', gets: [200] },
  { file: 'bot-detection', path: '/news', agent: 'My-Scraper/1.0', gets: [403, /"message":"Forbidden"/] },
  {
    file: 'request-transformer-uri',
    path: '/films/42?a=1',
    gets: [200],
    asks: ['/api/v2/films/42?a=1', { 'x-gateway': 'edge' }],
  },
  {
    file: 'container-names',
    options: { hosts: new Map([['users', 'https://users.example.net']]) },
    path: '/users',
    gets: [200],
  },
  { file: 'configmap', path: '/news', gets: [200] },
];

t.test('what callers get', async (t) => {
  const mock = await startMock();
  t.teardown(mock.stop);
  const gateways = new Map<string, Gateway>();
  t.teardown(() => Promise.all([...gateways.values()].map(({ stop }) => stop())));
  for (const { file, options, path, key, login, agent, asks, gets } of ASKED) {
    const gateway =
      gateways.get(file) ?? (await startGateway(imported(read(file), options), { internet: mock.port }));
    gateways.set(file, gateway);
    const before = mock.hits().length;
    const answer = await rawRequest(gateway.port, {
      path,
      headers: [
        ...(key ? [['apikey', key] as const] : []),
        ...(login ? [['Authorization', `Basic ${btoa(login)}`] as const] : []),
        ...(agent ? [['User-Agent', agent] as const] : []),
      ],
    });
    const [status, body] = gets;
    t.equal(answer.status, status, `${file}: ${path} ${key ?? 'without a key'}`);
    if (typeof body === 'string') t.equal(answer.text, body);
    else if (body !== undefined) t.match(answer.text, body);
    t.equal(mock.hits().length - before, status === 200 ? 1 : 0, 'what the origin was asked');
    if (asks === undefined) continue;
    const [url, headers] = asks;
    t.equal(mock.hits().at(-1)?.url, url);
    for (const [name, value] of Object.entries(headers))
      t.equal(mock.hits().at(-1)?.header(name), value, name);
  }
});
