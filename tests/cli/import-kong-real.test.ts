/** What real files hold and importers get wrong, in small: each input with what is right. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { importKong } from '../../cli/import-kong/import.ts';
import { ID, closedRoutes, said } from './import-kong-support.ts';

interface Right {
  /** Closed routes and what closes them; left out: faults alone. */
  readonly closed?: Record<string, string>;
  /** All that is said, in order. */
  readonly says: readonly RegExp[];
  /** A part of the result. */
  readonly becomes?: object;
}
const refused = (message: string): object => ({ status: 403, message });

const FILES: Record<string, Right> = {
  'request-termination': {
    closed: {},
    says: [],
    becomes: {
      routes: [
        { paths: ['/cards'], pool: 'cards', respondWith: undefined },
        { paths: ['/cards/admin'], respondWith: refused('Access is forbidden.') },
      ],
    },
  },
  'anonymous-terminated': {
    closed: {},
    says: [],
    becomes: {
      routes: [{ paths: ['/orders'], pool: 'orders', auth: { anonymous: ID }, basicAuth: { anonymous: ID } }],
      consumerResponses: { [ID]: refused('Say who you are') },
      consumers: [{ id: ID }, { username: 'ada', credentials: [{}], logins: [{ username: 'ada' }] }],
    },
  },
  'acl-public-key': {
    closed: {},
    says: [],
    becomes: {
      consumers: [{ groups: ['anyone'] }, { groups: ['admin'] }],
      routes: [
        {
          paths: ['/rest/'],
          auth: { hideCredentials: true },
          groups: { allow: ['admin', 'anyone'], hideHeader: true },
        },
        { paths: ['/db/'], auth: { hideCredentials: false }, groups: { allow: ['admin'], hideHeader: true } },
      ],
    },
  },
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
  'bot-detection': { closed: {}, says: [], becomes: { agents: { deny: ['(?i)scraper'] } } },
  configmap: { closed: {}, says: [], becomes: { routes: [{ paths: ['/news'], pool: 'news' }] } },
  'duplicate-header': {
    closed: {},
    says: [/^check: equal keys, _format_version \(line 4\), _transform \(line 5\): .* the last counts/],
  },
  'request-transformer-uri': {
    closed: {},
    says: [],
    becomes: {
      routes: [
        {
          paths: ['~/films/(?<id>[0-9]+)$'],
          requestTransform: {
            path: '/api/v2/films/$(uri_captures.id)',
            headers: { add: { 'X-Gateway': 'edge' } },
          },
        },
      ],
    },
  },
};

for (const [name, { closed, says, becomes = {} }] of Object.entries(FILES))
  t.test(name, async (t) => {
    const text = readFileSync(new URL(`kong-real/${name}.yml`, import.meta.url), 'utf8');
    const { config } = importKong(text);
    t.same(config && closedRoutes(config), closed ?? null, 'closed routes');
    t.match(config ?? {}, becomes);
    const lines = said(text);
    for (const [index, expected] of says.entries()) t.match(lines[index], expected);
    t.equal(lines.length, says.length, lines.join('\n'));
  });
