/** key-auth as it responded before 1.0. */
import type { KongCase } from '../case.ts';
import { get, post, keyAuth, one, received } from './forms.ts';

export const keys2018: KongCase[] = [
  one(
    'keys: 2018, empty',
    keyAuth(),
    get('/?apikey='),
    { status: 403, bodyExact: '{"message":"Invalid authentication credentials"}\n' },
    { kong: '0.14' },
  ),
  one(
    'keys: 2018, twice',
    keyAuth(),
    get('/?apikey=a&apikey=b'),
    {
      status: 401,
      bodyExact: '{"message":"Duplicate API key found"}\n',
      headers: { absent: ['WWW-Authenticate'] },
    },
    { kong: '0.14' },
  ),
  one(
    'keys: 2018, a missing anonymous consumer',
    keyAuth({ anonymous: '44444444-4444-4444-8444-444444444444' }),
    get('/'),
    { status: 500, bodyExact: '{"message":"An unexpected error occurred"}\n' },
    { kong: '0.14' },
  ),
  one(
    'keys: 2018, an unreadable body',
    keyAuth({ key_in_body: true }),
    post('/', 'text/plain', 'x'),
    { status: 400, bodyExact: '{"message":"Cannot process request body"}\n' },
    { kong: '0.14' },
  ),
  one(
    'keys: 2018, no identifier',
    keyAuth(),
    get('/?apikey=kong'),
    received({ headers: { equal: { 'x-consumer-username': 'bob' }, absent: ['x-credential-identifier'] } }),
    { kong: '0.14' },
  ),
];
