import t from 'tap';
import { globOf } from '../../../lib/core/origin-glob.ts';
import { words } from '../../support/words.ts';

t.test('a star matches whole labels, or any port', async (t) => {
  const notBelow = words`
    https://example.com https://xexample.com http://a.example.com https://a.example.com:8443
    https://a.example.com.evil.test https://evil.test/.example.com
  `;
  const table: [entry: string, matches: string[], others: string[]][] = [
    ['https://*.example.com', words`https://a.example.com https://a.b.example.com`, notBelow],
    [
      '*.example.com',
      words`https://a.example.com http://a.example.com:8080`,
      words`https://aXexample.com https://example.com`,
    ],
    [
      'http://localhost:*',
      words`http://localhost http://localhost:3000`,
      words`http://localhost.example:3000 http://localhost:x https://localhost:1`,
    ],
    ['https://*.Example.com:*', ['https://a.example.com:1'], ['https://a.example.org:1']],
  ];
  for (const [entry, matches, others] of table) {
    const glob = globOf(entry)!;
    for (const origin of matches) t.ok(glob.test(origin), `${entry} matches ${origin}`);
    for (const origin of others) t.notOk(glob.test(origin), `${entry} does not match ${origin}`);
  }
});

t.test('anything else is not a glob', async (t) => {
  const others = words`
    https://example.com https://[a-z]+\.example\.com .*\.example\.com (.*) * https://a*.example.com https://*.*.com
  `;
  for (const entry of others) t.equal(globOf(entry), null, entry);
});
