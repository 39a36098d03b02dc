import t from 'tap';
import { checkConfig } from '../../../lib/config/settings.ts';
import { internalErrorLine } from '../../../lib/http/internal-error.ts';
import { callTo } from '../../support/journeys.ts';

t.test('a defect is logged with its place, never with what a caller wrote', async (t) => {
  const key = 'k3y-of-a-caller';
  const { routes } = checkConfig({ origins: ['http://a.example'], routes: [{ name: 'catalogue' }] });
  const context = callTo(`/?apikey=${key}`, {}, { route: routes[0]! });
  const line = internalErrorLine(context, new TypeError(`Invalid URL: http://a.example/?apikey=${key}`));
  t.notOk(line.includes('k3y'));
  t.match(JSON.parse(line), { error: 'TypeError', route: 'catalogue', at: [/internal-error\.test/] });
  t.notOk(internalErrorLine(context, key).includes('k3y'), 'nor where somebody threw it');
});
