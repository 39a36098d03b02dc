import t from 'tap';
import { checkStatus } from '../../../lib/config/check-status.ts';

t.test("the operator's page has a path and a token, and a faulty token is not repeated", async (t) => {
  const good = { path: '/status', token: 'long-enough' };
  const faults: string[] = [];
  t.same(checkStatus(good, 'status', faults), good);
  t.same(faults, []);
  checkStatus({ path: 'status', token: 'sh0rt' }, 'status', faults);
  t.match(faults, [
    /^status\.path must be a path like "\/status"/,
    /^status\.token must be a text of at least 8/,
  ]);
  t.notOk(faults.join().includes('sh0rt'));
});

t.test('a token that is missing is told as missing', async (t) => {
  const faults: string[] = [];
  checkStatus({ path: '/status' }, 'status', faults);
  t.same(faults, ['status.token must be a text of at least 8 characters without spaces, received nothing']);
});
