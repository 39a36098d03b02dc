/** Every recording format, as written by real programs. */
import { gzipSync } from 'node:zlib';
import t from 'tap';
import { openInput } from '../../cli/parity/input.ts';
import type { Entry } from '../../cli/parity/recorded.ts';
import { makeFolder } from './parity-support.ts';
import { words } from '../support/words.ts';

const folder = makeFolder(t);

async function read(name: string, content: string | Buffer) {
  const input = await openInput(folder.write(name, content), new AbortController().signal);
  const requests: Entry[] = [];
  for await (const request of input.entries) requests.push(request);
  return { format: input.format, requests };
}

/** `GET host/target` for each request. */
function summaries(requests: readonly Entry[]): string[] {
  return requests.map((request) =>
    'unusable' in request ? `(${request.unusable})` : `${request.method} ${request.host}${request.target}`,
  );
}

function headersOf(request: Entry | undefined): Record<string, string> {
  if (!request || 'unusable' in request) return {};
  return Object.fromEntries(request.headers.map(([name, value]) => [name.toLowerCase(), value]));
}

function bodyOf(request: Entry | undefined): string | undefined {
  return request && !('unusable' in request) ? request.body?.toString() : undefined;
}

t.test('reads combined logs of Apache and nginx, with their quirks', async (t) => {
  const { format, requests } = await read(
    'access.log',
    [
      '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /a.gif?x=1&y=2 HTTP/1.0" 200 2326 "http://www.example.com/start.html" "Mozilla/4.08 [en] (Win98; I ;Nav)"',
      '10.0.0.1 - - [10/Oct/2000:13:55:36 +0000] "POST /b HTTP/1.1" 201 -',
      '10.0.0.1 - - [10/Oct/2000:13:55:36 +0000] "GET /q%20?a=\\x22b\\x22 HTTP/2.0" 200 5 "-" "a \\"quoted\\" agent"',
      'api.example.com:443 10.0.0.1 - - [10/Oct/2000:13:55:36 +0000] "HEAD / HTTP/1.1" 200 0 "-" "curl/8"',
      '10.0.0.1 - - [10/Oct/2000:13:55:36 +0000] "\\x16\\x03\\x01\\x02\\x00" 400 157 "-" "-"',
      '10.0.0.1 - - [10/Oct/2000:13:55:36 +0000] "-" 408 0 "-" "-"',
      '2001:db8::1 - - [10/Oct/2000:13:55:36 +0000] "GET /v6/\\xc3\\xbc HTTP/1.1" 200 5 "-" "x" rt=0.003 uct="0.000"',
      '',
    ].join('\n'),
  );
  t.equal(format, 'combined');
  t.same(summaries(requests), [
    'GET /a.gif?x=1&y=2',
    'POST /b',
    'GET /q%20?a="b"',
    'HEAD api.example.com/',
    '(not an HTTP request)',
    '(not an HTTP request)',
    'GET /v6/%c3%bc',
  ]);
  t.same(headersOf(requests[0]), {
    referer: 'http://www.example.com/start.html',
    'user-agent': 'Mozilla/4.08 [en] (Win98; I ;Nav)',
  });
  t.same(headersOf(requests[2]), { 'user-agent': 'a "quoted" agent' });
  t.match(requests[3], { where: 'access.log:4' });
});

t.test('reads JSON logs of Kong, nginx, Caddy, Traefik and Cloudflare, and its own format', async (t) => {
  const lines = [
    { method: 'put', url: '/own?a=1', headers: { Host: 'h', 'X-A': '1' }, body: 'text' },
    { url: 'https://other.example/abs', headers: [['a', 'b']], bodyBase64: 'AAEC' },
    {
      request: {
        method: 'GET',
        uri: '/kong?q=1',
        url: 'http://k:8000/kong?q=1',
        headers: { host: 'k.example', 'user-agent': 'x' },
        querystring: { q: '1' },
      },
      latencies: {},
    },
    {
      time: '2026',
      request: 'GET /nginx?b=2 HTTP/1.1',
      status: 200,
      http_user_agent: 'agent',
      http_host: 'n.example',
    },
    { request_method: 'GET', uri: '/nginx2', args: 'c=3', host: 'n2.example' },
    {
      request: { method: 'GET', host: 'caddy.example', uri: '/caddy', headers: { 'User-Agent': ['c'] } },
      status: 200,
    },
    { RequestMethod: 'GET', RequestPath: '/traefik', RequestHost: 't.example' },
    {
      ClientRequestMethod: 'GET',
      ClientRequestURI: '/cf?d=4',
      ClientRequestHost: 'cf.example',
      ClientRequestUserAgent: 'u',
    },
    { request: '', status: 400 },
  ];
  const { format, requests } = await read('log.json', lines.map((line) => JSON.stringify(line)).join('\n'));
  t.equal(format, 'ndjson');
  t.same(summaries(requests), [
    'PUT h/own?a=1',
    'GET other.example/abs',
    'GET k.example/kong?q=1',
    'GET n.example/nginx?b=2',
    'GET n2.example/nginx2?c=3',
    'GET caddy.example/caddy',
    'GET t.example/traefik',
    'GET cf.example/cf?d=4',
    '(not an HTTP request)',
  ]);
  t.same(headersOf(requests[0]), { 'x-a': '1' });
  t.equal(bodyOf(requests[0]), 'text');
  t.equal(bodyOf(requests[1]), '\0\x01\x02');
  t.same(headersOf(requests[3]), { 'user-agent': 'agent' });
  t.same(headersOf(requests[5]), { 'user-agent': 'c' });
});

t.test('reads HAR, and skips entries that are not HTTP requests', async (t) => {
  const named = (name: string, value: string) => [{ name, value }];
  const entry = (method: string, url: string, more: object = {}) => ({
    request: { method, url, headers: named('X-A', '1'), ...more },
    response: { status: 200, content: { text: 'x'.repeat(1000) } },
    timings: {},
  });
  const entries = [
    entry('GET', 'https://api.example.com/a?b=c#fragment'),
    entry('GET', 'https://api.example.com/h2', {
      headers: [...named(':authority', 'x'), ...named('Host', 'y')],
    }),
    entry('POST', 'https://api.example.com/p', { postData: { mimeType: 'text/plain', text: 'body' } }),
    entry('POST', 'https://api.example.com/f', { postData: { params: [{ name: 'a', value: 'b c' }] } }),
    entry('GET', 'wss://api.example.com/socket'),
    entry('GET', 'data:image/png;base64,AA'),
  ];
  for (const indent of [0, 2]) {
    const text = JSON.stringify({ log: { version: '1.2', pages: [], entries } }, null, indent);
    const { format, requests } = await read('page.har', text);
    t.equal(format, 'har');
    t.same(summaries(requests), [
      'GET api.example.com/a?b=c',
      'GET api.example.com/h2',
      'POST api.example.com/p',
      'POST api.example.com/f',
      '(a wss: address)',
      '(a data: address)',
    ]);
    t.same(headersOf(requests[1]), {});
    t.equal(bodyOf(requests[2]), 'body');
    t.equal(bodyOf(requests[3]), 'a=b+c');
    t.match(requests[2], { where: 'page.har: entry 3' });
  }
});

t.test('reads gzipped logs, a byte-order mark and Windows line ends', async (t) => {
  t.same(summaries((await read('log.ndjson.gz', gzipSync('{"url":"/a"}\n{"url":"/b"}\n'))).requests), [
    'GET /a',
    'GET /b',
  ]);
  t.same(summaries((await read('windows.ndjson', '\ufeff{"url":"/a"}\r\n\r\n{"url":"/b"}\r\n')).requests), [
    'GET /a',
    'GET /b',
  ]);
});

t.test('header values become valid bytes for HTTP', async (t) => {
  const { requests } = await read(
    'h.ndjson',
    JSON.stringify({ url: '/', headers: { a: 'smile \u263a', b: 'one\r\ntwo\0', c: 'caf\u00e9' } }),
  );
  t.same(headersOf(requests[0]), { a: 'smile \u00e2\u0098\u00ba', b: 'one two', c: 'caf\u00e9' });
});

t.test('targets keep their original bytes', async (t) => {
  const targets = words`/a//b /a/../b /%2e%2e/c /x?y=%zz&&= //double h/?q /%C3%BC?%C3%9F=%20`;
  const urls = ['/a//b', '/a/../b', '/%2e%2e/c', '/x?y=%zz&&=', '//double', 'http://h?q', '/ü?ß= '];
  const { requests } = await read('t.ndjson', urls.map((url) => JSON.stringify({ url })).join('\n'));
  t.same(
    summaries(requests),
    targets.map((target) => `GET ${target}`),
  );
});

t.test('malformed input is an error with file and line, and without the input itself', async (t) => {
  const cases: [name: string, text: string, message: RegExp][] = [
    [
      'a.log',
      '1.1.1.1 - - [x] "GET / HTTP/1.1" 200 1\nnonsense secret\n',
      /^a\.log:2: line must be in the common or combined log format, or a JSON object$/,
    ],
    ['b.ndjson', '{"url":"/a"}\n[1]\n', /^b\.ndjson:2: line must be one JSON object, received a list$/],
    [
      'broken.ndjson',
      '{"url":"/a"}\n{"url":"/b?apikey=secret", \n',
      /^broken\.ndjson:2: line must be one JSON/,
    ],
    ['c.ndjson', '{"url":"/a"}\n\n{"path":7}\n', /^c\.ndjson:3: url must be text, received number$/],
    ['d.ndjson', '{"url":"ftp://h/a"}\n', /^d\.ndjson:1: url must be http or https, received ftp$/],
    ['e.ndjson', '{"url":"/a","method":"G T"}\n', /^e\.ndjson:1: method must be a word/],
    ['f.ndjson', '{"url":"/a","headers":{"b c":"secret"}}\n', /^f\.ndjson:1: header name must be a token/],
    [
      'k.har',
      '{"log":{"entries":[{"request":{"method":"GET","url":"/a"}},{"request":{}}]}}',
      /^k\.har: entry 2: request must have a method and a url/,
    ],
    [
      'l.har',
      '{"log":{"entries":[{"request":{"method":"GET","url":"/a"}}, oops',
      /^l\.har: must be a HAR file, received JSON that breaks off$/,
    ],
    ['m.har', '{"log":{"entries":[]}}', /^m\.har: must be a HAR file with entries/],
  ];
  for (const [name, text, message] of cases) {
    const error = await read(name, text).then(
      () => null,
      (thrown: Error) => thrown,
    );
    t.match(error?.message, message, name);
    t.notMatch(error?.message, 'secret', name);
  }
});
