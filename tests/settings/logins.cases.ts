import { createHash } from 'node:crypto';
import type { Case } from './prove.ts';

const hashOf = (password: string): string =>
  `sha1:${createHash('sha1').update(`${password}1`).digest('hex')}`;
const LOGIN = { authorization: `Basic ${btoa('ada-login:byron')}` };
const consumers = (login: object = {}) => [
  {
    id: '1',
    username: 'ada',
    logins: [{ id: 'l1', username: 'ada-login', passwordHash: hashOf('byron'), ...login }],
  },
];
const statuses: Case['sees'] = async (observer) => observer.statuses({}, LOGIN);
const originSees =
  (name: string): Case['sees'] =>
  async ({ get, a }) => (await get('/', LOGIN), a.received[0]?.header(name));

const basicAuth = (name: string, value: unknown, sees: Case['sees'], expected: unknown): Case => ({
  key: `BasicAuth.${name}`,
  at: `basicAuth.${name}`,
  config: ({ a }) => ({ origins: [a.url], basicAuth: { [name]: value }, consumers: consumers() }),
  sees,
  expected,
});
const login = (name: string, sees: Case['sees'], expected: unknown, instead?: Case['instead']): Case => ({
  key: `Consumer.${name}`,
  at: `consumers.0.${name.replace('logins.', 'logins.0.')}`,
  config: ({ a }) => ({ origins: [a.url], basicAuth: {}, consumers: consumers() }),
  sees,
  expected,
  ...(instead ? { instead } : {}),
});

export const CASES: Case[] = [
  {
    key: 'Config.basicAuth',
    at: 'basicAuth',
    config: ({ a }) => ({ origins: [a.url], basicAuth: {}, consumers: consumers() }),
    sees: statuses,
    expected: [401, 200],
  },
  {
    key: 'Route.basicAuth',
    at: 'routes.0.basicAuth',
    config: ({ a }) => ({ routes: [{ origins: [a.url], basicAuth: {} }], consumers: consumers() }),
    sees: statuses,
    expected: [401, 200],
  },
  basicAuth('hideCredentials', false, originSees('authorization'), LOGIN.authorization),
  basicAuth('anonymous', 'ada', statuses, [200, 200]),
  basicAuth(
    'realm',
    'reports',
    async ({ get }) => (await get()).header('www-authenticate'),
    'Basic realm="reports"',
  ),
  login('logins', statuses, [401, 200]),
  login('logins.username', originSees('x-credential-identifier'), 'ada-login', () => 'other'),
  login('logins.passwordHash', statuses, [401, 200], () => hashOf('other')),
  {
    // Two names of one credential share its limit.
    ...login(
      'logins.id',
      async (observer) => observer.statuses(LOGIN, { authorization: `Basic ${btoa('b:byron')}` }),
      [200, 429],
    ),
    config: ({ a }) => ({
      origins: [a.url],
      basicAuth: {},
      consumers: [
        {
          id: '1',
          logins: ['ada-login', 'b'].map((username) => ({
            id: 'l1',
            username,
            passwordHash: hashOf('byron'),
          })),
        },
      ],
      rateLimit: { year: 1, by: 'credential' },
    }),
  },
];
