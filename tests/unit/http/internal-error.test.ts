import t from 'tap';
import { checkConfig } from '../../../lib/config/settings.ts';
import { defectLine } from '../../../lib/http/internal-error.ts';
import { callTo } from '../../support/journeys.ts';

t.test('a defect is logged with its place, never with what a caller wrote', async (t) => {
  const key = 'k3y-of-a-caller';
  const { routes } = checkConfig({ origins: ['http://a.example'], routes: [{ name: 'catalogue' }] });
  const call = callTo(`/?apikey=${key}`, {}, { route: routes[0]! });
  const line = defectLine(call, new TypeError(`Invalid URL: http://a.example/?apikey=${key}`));
  t.notOk(line.includes('k3y'));
  t.match(JSON.parse(line), { error: 'TypeError', route: 'catalogue', at: [/defect\.test/] });
  t.notOk(defectLine(call, key).includes('k3y'), 'nor where somebody threw it');
});
