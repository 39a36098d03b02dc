import t from 'tap';
import { checkOrigins } from '../../../lib/config/check-origin.ts';

t.test('an origin is a URL, or a record around one', async (t) => {
  const faults: string[] = [];
  const [plain, full] = checkOrigins(
    [
      'https://a.example:443/base/',
      {
        url: 'http://b:8080',
        name: 'b',
        weight: 0,
        priority: 2,
        headers: { 'X-Secret': 's' },
        location: [52.4, 4.9],
      },
    ],
    'origins',
    faults,
  );
  t.same(faults, []);
  t.match(plain, {
    name: 'https://a.example:443/base/',
    site: 'https://a.example',
    host: 'a.example',
    basePath: '/base',
    weight: 1,
    priority: 0,
    location: null,
  });
  t.match(full, {
    name: 'b',
    site: 'http://b:8080',
    host: 'b:8080',
    basePath: '',
    weight: 0,
    priority: 2,
    headers: [['X-Secret', 's']],
    location: [52.4, 4.9],
  });
});

t.test('what is no origin is refused, and a secret in a URL is not taken for one', async (t) => {
  for (const url of [
    '',
    'a.example',
    'ftp://a',
    'http://user:pass@a',
    'http://a/?x=1',
    'http://a/#x',
    'http://',
  ]) {
    const faults: string[] = [];
    checkOrigins([url], 'origins', faults);
    t.equal(faults.length, 1, url);
  }
  for (const [key, value] of Object.entries({
    weight: -1,
    priority: 1.5,
    location: [91, 0],
    headers: { 'a b': 'x' },
    name: 'a\nb',
    wieght: 1,
  })) {
    const faults: string[] = [];
    checkOrigins([{ url: 'http://a', [key]: value }], 'origins', faults);
    t.equal(faults.length, 1, key);
    t.match(faults[0], new RegExp(`^origins\\[0\\]\\.${key}`));
  }
  const faults: string[] = [];
  checkOrigins([{ url: 'http://a', headers: { 'X-Secret': 'hush, hush\n' } }], 'origins', faults);
  t.match(faults, [
    /^origins\[0\]\.headers\.X-Secret must be a text of one line \(what was received is not shown\)$/,
  ]);
  t.notMatch(faults[0], 'hush', 'it may be a secret');
});
