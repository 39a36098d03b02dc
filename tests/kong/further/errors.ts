/** Kong's own responses: their type and body. */
import type { KongCase } from '../case.ts';
import { get, post, one, refusal, JSON_TYPE, proxy, conf } from './forms.ts';
import type { Config } from './forms.ts';

const down: Config = { ...proxy, x_mock: { default: { fault: 'connect-refused' } } };

export const errors: KongCase[] = [
  one('errors: Accept before type', down, post('/', JSON_TYPE, '{}', { Accept: 'text/plain' }), {
    status: 502,
    bodyExact: 'An invalid response was received from the upstream server\nrequest_id: <hex32>\n',
  }),
  one(
    'errors: default type',
    {
      ...conf({ error_default_type: 'application/xml' }),
      x_mock: { default: { fault: 'connect-refused' } },
    } as Config,
    get('/'),
    { status: 502, headers: { equal: { 'Content-Type': 'application/xml; charset=utf-8' } } },
  ),
  one('errors: the first of equals', proxy, get('/', { Host: 'b.test', Accept: 'text/plain, text/html' }), {
    status: 404,
    headers: { equal: { 'Content-Type': 'text/plain; charset=utf-8' } },
  }),
  one('errors: unknown is JSON', proxy, get('/', { Host: 'b.test', Accept: 'application/vnd.api+json' }), {
    status: 404,
    headers: { equal: { 'Content-Type': 'application/json; charset=utf-8' } },
  }),
  one(
    'errors: TRACE',
    proxy,
    get('/', { Accept: '*/*' }, { method: 'TRACE' }),
    refusal(405, 'Method not allowed'),
  ),
];
