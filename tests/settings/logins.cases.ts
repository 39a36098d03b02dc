import { createHash } from 'node:crypto';
import { settingsOf, type Case } from './prove.ts';
import { answers, originSees, statuses } from './sees.ts';

const hashOf = (password: string): string =>
  `sha1:${createHash('sha1').update(`${password}1`).digest('hex')}`;
const LOGIN = { authorization: `Basic ${btoa('ada-login:byron')}` };
const LOGINS = [{ id: 'l1', username: 'ada-login', passwordHash: hashOf('byron') }];
const CONSUMERS = { consumers: [{ id: '1', username: 'ada', logins: LOGINS }] };
const asked = statuses({}, LOGIN);

const basicAuth = settingsOf('BasicAuth', 'basicAuth', { beside: CONSUMERS });
const login = settingsOf('Consumer', 'consumers', { beside: { basicAuth: {}, ...CONSUMERS } });

export const CASES: Case[] = [
  settingsOf('Config', '')('basicAuth', {}, asked, [401, 200], { beside: CONSUMERS }),
  settingsOf('Route', 'routes')('basicAuth', {}, asked, [401, 200], {
    beside: ({ a }) => ({ routes: [{ origins: [a.url] }], ...CONSUMERS }),
  }),
  basicAuth('hideCredentials', false, originSees('authorization', LOGIN), LOGIN.authorization),
  basicAuth('anonymous', 'ada', asked, [200, 200]),
  basicAuth('realm', 'reports', answers('www-authenticate'), 'Basic realm="reports"'),
  login('logins', LOGINS, asked, [401, 200]),
  login('logins.username', 'ada-login', originSees('x-credential-identifier', LOGIN), 'ada-login', {
    instead: 'other',
  }),
  login('logins.passwordHash', hashOf('byron'), asked, [401, 200], { instead: hashOf('other') }),
  // Two names of one credential share its limit.
  login('logins.id', 'l1', statuses(LOGIN, { authorization: `Basic ${btoa('b:byron')}` }), [200, 429], {
    beside: {
      basicAuth: {},
      consumers: [{ id: '1', logins: [...LOGINS, { ...LOGINS[0], username: 'b' }] }],
      rateLimit: { year: 1, by: 'credential' },
    },
  }),
];
