/** Reduced cases from real files that importers get wrong, each with the correct result. */
import { readFileSync } from 'node:fs';
import t from 'tap';
import { importKong } from '../../cli/import-kong/import.ts';
import { ID, closedRoutes, messagesOf } from './import-kong-support.ts';

interface Expected {
  /** Closed routes and what closes them, by default none; null: there are only errors. */
  readonly closed?: Record<string, string> | null;
  /** All errors and notes, in order; by default none. */
  readonly messages?: readonly RegExp[];
  /** A part of the result. */
  readonly becomes?: object;
}
const refused = (message: string): object => ({ status: 403, message });

const FILES: Record<string, Expected> = {
  'request-termination': {
    becomes: {
      routes: [
        { paths: ['/cards'], pool: 'cards', respondWith: undefined },
        { paths: ['/cards/admin'], respondWith: refused('Access is forbidden.') },
      ],
    },
  },
  'anonymous-terminated': {
    becomes: {
      routes: [{ paths: ['/orders'], pool: 'orders', auth: { anonymous: ID }, basicAuth: { anonymous: ID } }],
      consumerResponses: { [ID]: refused('Say who you are') },
      consumers: [{ id: ID }, { username: 'ada', credentials: [{}], logins: [{ username: 'ada' }] }],
    },
  },
  'acl-public-key': {
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
    messages: [
      /^closed: oidc \(line 6\), route ledger: 503/,
      /^closed: custom-jwt \(line 10\), route vault: 503/,
    ],
  },
  'placeholder-key': {
    closed: null,
    messages: [
      /^fault: consumers\[0\]\.keyauth_credentials\[0\]\.key \(line 3\) holds the placeholder \$\{PARTNER_KEY\}/,
      /^fault: consumers\[1\]\.keyauth_credentials\[0\]\.key \(line 4\) holds the placeholder \$SITE_KEY/,
      /^fault: services\[0\]\.routes\[0\]\.hosts\[0\] \(line 8\) holds the placeholder \$\{STAGE\}/,
    ],
  },
  'placeholder-port': {
    closed: null,
    messages: [/^fault: services\[0\]\.url \(line 4\) holds the placeholder \$AUTH_HOST/],
  },
  'container-names': {
    messages: [/^check: users, orders\.shop\.svc\.cluster\.local, host\.docker\.internal .*--host users=/],
  },
  'jwt-only': {
    messages: [/^check: jwt_secrets \(line 3\): the configuration holds its secret/],
  },
  'bot-detection': { becomes: { agents: { deny: ['(?i)scraper'] } } },
  configmap: { becomes: { routes: [{ paths: ['/news'], pool: 'news' }] } },
  'duplicate-header': {
    messages: [
      /^check: duplicate keys, _format_version \(line 4\), _transform \(line 5\): the last one is used/,
    ],
  },
  'request-transformer-uri': {
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

for (const [name, { closed = {}, messages = [], becomes = {} }] of Object.entries(FILES))
  t.test(name, async (t) => {
    const text = readFileSync(new URL(`kong-real/${name}.yml`, import.meta.url), 'utf8');
    const { config } = importKong(text);
    t.same(config && closedRoutes(config), closed, 'closed routes');
    t.match(config ?? {}, becomes);
    const lines = messagesOf(text);
    for (const [index, expected] of messages.entries()) t.match(lines[index], expected);
    t.equal(lines.length, messages.length, lines.join('\n'));
  });
