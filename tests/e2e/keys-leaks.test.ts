/**
 * No key in anything that the gateway emits: every byte sent to callers, to origins (with hideCredentials), to the log
 * and to the operator's page is searched for the key, as it is and in every encoding it may have had.
 */
import t from 'tap';
import type { Config } from '../../lib/config/types.ts';
import { digestOf } from '../support/auth.ts';
import { gatewayFor } from '../support/gateway.ts';
import { pagesOf, STATUS } from '../support/operator.ts';
import { act, originFor } from '../support/origin.ts';
import { rawRequest } from '../support/raw.ts';
import type { RawRequest } from '../support/raw.ts';
import { startVerifier } from '../support/verifier.ts';

const GOOD = 'g00d+Schlüssel/äé==';
const BAD = 'b4d+Schlüssel/öé==';
const LOCAL = 'l0cal-Key-5e1f';
const FORM = 'application/x-www-form-urlencoded';

/** The encodings of a key on the wire or in a string. */
function encodingsOf(key: string): Buffer[] {
  const texts = [
    key,
    encodeURIComponent(key),
    encodeURIComponent(key).toLowerCase(),
    new URLSearchParams([['', key]]).toString().slice(1),
    JSON.stringify(key).slice(1, -1),
    Buffer.from(key).toString('base64'),
    key.slice(0, 8),
  ];
  return [...texts.map((text) => Buffer.from(text)), Buffer.from(key, 'latin1')];
}
function leaks(where: Buffer | string): string[] {
  const bytes = Buffer.from(where);
  return [GOOD, BAD, LOCAL].flatMap((key) =>
    encodingsOf(key)
      .filter((encoded) => bytes.includes(encoded))
      .map(String),
  );
}

/** The same key in every place where a caller can send it. */
function requests(key: string): RawRequest[] {
  const encoded = encodeURIComponent(key);
  const latin = Buffer.from(key).toString('latin1');
  const inHeader = ['apikey', latin] as const;
  const posted = (type: string, body: string): RawRequest => ({
    method: 'POST',
    path: '/v1',
    headers: [['Content-Type', type]],
    body,
  });
  const part = (name: string, value: string): string =>
    `--B\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  return [
    { path: '/v1', headers: [inHeader] },
    { path: `/v1?a=1&apikey=${encoded}&b=2` },
    { path: `/v1?a%70ikey=${encoded}`, headers: [['Referer', `https://page.test/?apikey=${encoded}#top`]] },
    { path: `/v1?apikey=${encoded}&apikey=${encoded}`, headers: [inHeader] },
    { path: '/v1', headers: [inHeader, ['Accept', 'text/html'], ['Origin', 'https://page.test']] },
    { method: 'HEAD', path: `/v1?apikey=${encoded}` },
    { method: 'OPTIONS', path: `/v1?apikey=${encoded}` },
    posted(FORM, `a=1&apikey=${encoded}`),
    posted('application/json', JSON.stringify({ a: 1, apikey: key })),
    posted('multipart/form-data; boundary=B', `${part('apikey', key)}${part('a', '1')}--B--\r\n`),
    { method: 'PUT', path: '/v1', headers: [inHeader], body: 'x' },
    { path: `/none?apikey=${encoded}`, headers: [['Host', 'nobody.test']], host: null },
  ];
}

for (const compat of [null, 'kong-3', 'kong-2018'] as const) {
  t.test(`nothing that the gateway emits holds a key (${compat ?? 'plain'})`, async (t) => {
    const echo = await originFor(t, ({ url, headers, body }, _request, response) =>
      act(
        { body: JSON.stringify({ url, headers, body: String(body) }), headers: { location: url } },
        response,
      ),
    );
    const dead = await originFor(t);
    await dead.refuse();
    const verifier = await startVerifier(t, GOOD);
    const config: Config = {
      pools: {
        default: { origins: [echo.url, dead.url], retries: 1 },
        dead: { origins: [dead.url], retries: 0 },
      },
      routes: [
        { paths: ['/v1'], hosts: ['gateway.test'], pool: 'default' },
        { paths: ['/dead'], pool: 'dead' },
      ],
      auth: { keyIn: ['header', 'query', 'body'], verify: { url: verifier.url }, realm: 'keys' },
      consumers: [{ id: 'local', username: 'local', credentials: [{ sha256: digestOf(LOCAL) }] }],
      rateLimit: { minute: 1000 },
      ...(compat && { compat }),
      status: STATUS,
      log: 'all',
    };
    const gateway = await gatewayFor(t, config, { shares: 'nothing' });
    const emitted: Buffer[] = [];
    let admitted = 0;
    for (const key of [GOOD, BAD, LOCAL]) {
      for (const request of requests(key)) {
        const answer = await rawRequest(gateway.port, { host: 'gateway.test', ...request });
        if (answer.status === 200) admitted++;
        emitted.push(answer.raw);
      }
      emitted.push((await rawRequest(gateway.port, { path: `/dead?apikey=${encodeURIComponent(key)}` })).raw);
    }
    t.ok(admitted >= 16, `${admitted} were accepted`);
    await verifier.origin.refuse();
    const unseen = { host: 'gateway.test', path: `/v1?apikey=${encodeURIComponent(BAD)}2` };
    emitted.push((await rawRequest(gateway.port, unseen)).raw);
    emitted.push(...(await pagesOf(gateway)));

    t.same(leaks(Buffer.concat(emitted)), [], 'sent to callers and the operator');
    t.same(leaks(echo.bytes()), [], 'sent to the origin');
    t.ok(gateway.lines().length >= 36, `${gateway.lines().length} lines logged`);
    t.same(leaks(gateway.log() + gateway.lines().join('\n')), [], 'in the log');
    t.ok(
      leaks(verifier.origin.bytes()).length > 0,
      'only the verifier gets it; otherwise this test could find nothing anywhere',
    );
  });
}
