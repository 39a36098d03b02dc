/** A report shows no secret of a request, in whatever form a response quotes it. */
import fc from 'fast-check';
import t from 'tap';
import type { Recorded } from '../../cli/parity/recorded.ts';
import { createRedactor } from '../../cli/parity/redact.ts';

function request(parts: Partial<Recorded>): Recorded {
  return { method: 'GET', host: '', target: '/', headers: [], body: null, where: 'x:1', ...parts };
}

const SECRET = fc
  .string({ unit: 'grapheme-ascii', minLength: 6, maxLength: 40 })
  .filter((text) => text.trim() === text && !/[;,]/.test(text));
const PLACES: Record<string, (secret: string) => Partial<Recorded>> = {
  'a header': (secret) => ({ headers: [['X-Api-Key', secret]] }),
  'a bearer token': (secret) => ({ headers: [['Authorization', `Bearer ${secret.replaceAll(/\s/g, '')}`]] }),
  'a cookie': (secret) => ({ headers: [['Cookie', `a=1; b=${secret}`]] }),
  'the query': (secret) => ({ target: `/a?x=1&apikey=${encodeURIComponent(secret)}` }),
  'a JSON body': (secret) => ({ body: Buffer.from(JSON.stringify({ user: 'x', password: secret })) }),
  'a form body': (secret) => ({
    body: Buffer.from(new URLSearchParams({ user: 'x', password: secret }).toString()),
  }),
  'a header named by the user': (secret) => ({ headers: [['X-Mine', secret]] }),
};
const QUOTES: Record<string, (secret: string) => string> = {
  verbatim: (secret) => `No such key: ${secret} (try again)`,
  'in JSON': (secret) => JSON.stringify({ said: `key ${secret}` }),
  'in a link': (secret) => `<a href="/retry?k=${encodeURIComponent(secret)}">`,
};

const redactor = createRedactor(['X-Mine']);

for (const [place, parts] of Object.entries(PLACES))
  for (const [way, quote] of Object.entries(QUOTES))
    t.test(`redacts a secret in ${place} that a response quotes ${way}`, async (t) => {
      fc.assert(
        fc.property(SECRET, (text) => {
          const secret = place === 'a bearer token' ? text.replaceAll(/\s/g, '') : text;
          fc.pre(secret.length >= 6);
          const shown = redactor.text(quote(secret), redactor.secretsOf(request(parts(secret)), []));
          return !shown.includes(secret) && !shown.includes(encodeURIComponent(secret));
        }),
        { numRuns: 200 },
      );
      t.pass();
    });

t.test('a target keeps its parameter names and the values that are not secret', async (t) => {
  const cases: [target: string, shown: string][] = [
    ['/a?b=c&apikey=k&d', '/a?b=c&apikey=[redacted]&d'],
    ['/a?API_KEY=k&access_token=t', '/a?API_KEY=[redacted]&access_token=[redacted]'],
    ['/a?x-amz-signature=s', '/a?x-amz-signature=[redacted]'],
    ['/a?api%5Fkey=k', '/a?api%5Fkey=[redacted]'],
    ['/token?page=2', '/token?page=2'],
    ['/a?x-mine=1', '/a?x-mine=[redacted]'],
  ];
  for (const [target, shown] of cases) t.equal(redactor.text(target, []), shown);
});

t.test('redacts fields and schemes with secret names, even of values that were not sent', async (t) => {
  const cases: [text: string, shown: string][] = [
    ['{"token": "abc", "id": 7}', '{"token": "[redacted]", "id": 7}'],
    ['{"session_id":123456}', '{"session_id":"[redacted]"}'],
    ['next: /x?access_token=abc&page=2', 'next: /x?access_token=[redacted]&page=2'],
    ['sent Authorization: Bearer abc.def', 'sent Authorization: Bearer [redacted]'],
    ['page=2&size=10', 'page=2&size=10'],
  ];
  for (const [text, shown] of cases) t.equal(redactor.text(text, []), shown);
});

t.test('redacts the password in Basic credentials on its own too', async (t) => {
  const basic = `Basic ${Buffer.from('ada:open sesame').toString('base64')}`;
  const secrets = redactor.secretsOf(request({}), [['Authorization', basic]]);
  t.notMatch(redactor.text('wrong password: open sesame', secrets), 'sesame');
});

t.test('short values are redacted only by their name', async (t) => {
  const secrets = redactor.secretsOf(request({ headers: [['apikey', 'ok']] }), []);
  t.equal(redactor.text('all is ok', secrets), 'all is ok');
});
