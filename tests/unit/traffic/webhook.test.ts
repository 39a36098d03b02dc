/** Signed webhooks. */
import { createHmac } from 'node:crypto';
import t from 'tap';
import { isRecent, startWebhook } from '../../../lib/traffic/webhook.ts';
import { drive, verdict } from '../../support/traffic.ts';

const SECRET = 's3cr3t-for-tests-only';
const TIME = '4102444800';
const BODY = '{"event":"paid"}';
const SIGNATURE = 'v1,bWDhNw3RW4VAGZJSIchXiqjAW0qK21E5NSoE+zgs5SE=';

type Headers = Record<string, string>;
const headersOf = (id: string, time: string, signature: string): Headers => ({
  'webhook-id': id,
  'webhook-timestamp': time,
  'webhook-signature': signature,
});
const GOOD = headersOf('msg_0001', TIME, SIGNATURE);
const signed = (time: string, body: string) => {
  const hmac = createHmac('sha256', SECRET).update(`msg_0001.${time}.${body}`);
  return headersOf('msg_0001', time, 'v1,' + hmac.digest('base64'));
};

async function enter(headers: Headers, body: string | null = BODY, method = 'POST') {
  const one = drive(startWebhook, { webhook: { secret: SECRET } });
  const { answer, context } = await one.enter('/', { method, headers, body });
  return { verdict: verdict(answer), body: context.body && Buffer.from(context.body).toString() };
}

t.test('a valid webhook is forwarded with its body, all others get the same response', async (t) => {
  t.same(signed(TIME, BODY), GOOD);
  t.same(await enter(GOOD), { verdict: 'in', body: BODY });
  const BAD: [name: string, headers: Headers, body?: string | null][] = [
    ['no id', headersOf('', TIME, SIGNATURE)],
    ['no time', headersOf('msg_0001', '', SIGNATURE)],
    ['no signature', headersOf('msg_0001', TIME, '')],
    ['another body', GOOD, BODY + ' '],
    ['no body', GOOD, null],
    ['an empty body', signed(TIME, ''), ''],
    ['an old timestamp', signed('1500000000', BODY)],
    ['a malformed timestamp', signed('XYZ', BODY)],
    ['a list of signatures', headersOf('msg_0001', TIME, `v1,x ${SIGNATURE}`)],
    ['a truncated signature', headersOf('msg_0001', TIME, SIGNATURE.slice(0, -1))],
    ['another last character', headersOf('msg_0001', TIME, SIGNATURE.replace('=', '+'))],
  ];
  for (const [name, headers, body] of BAD)
    t.equal((await enter(headers, body)).verdict, '400 Bad request', name);
  t.equal((await enter(GOOD, 'x'.repeat(1024 * 1024 + 1))).verdict, '413 Request size limit exceeded');
  t.equal((await enter(GOOD, null, 'GET')).verdict, '400 Bad request');
});

t.test('a message may not be too old; the future is accepted, a malformed time is not', async (t) => {
  const now = 1_000_000_500;
  for (const time of ['999700', '9999999999']) t.equal(isRecent(time, 300, now), true, time);
  for (const time of ['999699', '', '1e99', '-1', '0x10', '9'.repeat(20), 'NaN'])
    t.equal(isRecent(time, 300, now), false, time);
});
