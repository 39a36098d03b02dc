/** Webhooks that are signed. */
import { createHmac } from 'node:crypto';
import t from 'tap';
import { hmacInBase64 } from '../../../lib/core/runtime.ts';
import { isRecent, isSameText, startWebhook } from '../../../lib/traffic/webhook.ts';
import { drive, verdict } from '../../support/traffic.ts';

const SECRET = 's3cr3t-for-tests-only';
const TIME = '4102444800';
const sign = (id: string, time: string, body: string) =>
  'v1,' + createHmac('sha256', SECRET).update(`${id}.${time}.${body}`).digest('base64');

const BODY = '{"event":"paid"}';
const GOOD = {
  'webhook-id': 'msg_0001',
  'webhook-timestamp': TIME,
  'webhook-signature': sign('msg_0001', TIME, BODY),
};

async function enter(headers: Record<string, string>, body: string | null = BODY, method = 'POST') {
  const one = drive(startWebhook, { webhook: { secret: SECRET, toleranceSeconds: 300 } });
  const { answer, context } = await one.enter('/', { method, headers, body });
  return { verdict: verdict(answer), body: context.body && Buffer.from(context.body).toString() };
}

t.test('a good one passes with its body, all others look the same', async (t) => {
  t.equal(GOOD['webhook-signature'], 'v1,bWDhNw3RW4VAGZJSIchXiqjAW0qK21E5NSoE+zgs5SE=');
  t.same(await enter(GOOD), { verdict: 'in', body: BODY });
  const BAD: [string, Record<string, string>, string | null][] = [
    ['no id', { ...GOOD, 'webhook-id': '' }, BODY],
    ['no time', { ...GOOD, 'webhook-timestamp': '' }, BODY],
    ['no signature', { ...GOOD, 'webhook-signature': '' }, BODY],
    ['another body', GOOD, BODY + ' '],
    ['no body', GOOD, null],
    ['an empty body', { ...GOOD, 'webhook-signature': sign('msg_0001', TIME, '') }, ''],
    [
      'an old one',
      {
        ...GOOD,
        'webhook-timestamp': '1500000000',
        'webhook-signature': sign('msg_0001', '1500000000', BODY),
      },
      BODY,
    ],
    [
      'no number',
      { ...GOOD, 'webhook-timestamp': 'XYZ', 'webhook-signature': sign('msg_0001', 'XYZ', BODY) },
      BODY,
    ],
    ['a list', { ...GOOD, 'webhook-signature': `v1,x ${GOOD['webhook-signature']}` }, BODY],
    ['a part', { ...GOOD, 'webhook-signature': GOOD['webhook-signature'].slice(0, -1) }, BODY],
  ];
  for (const [name, headers, body] of BAD)
    t.equal((await enter(headers, body)).verdict, '400 Bad request', name);
  t.equal((await enter(GOOD, 'x'.repeat(1024 * 1024 + 1))).verdict, '413 Request size limit exceeded');
  t.equal((await enter(GOOD, null, 'GET')).verdict, '400 Bad request');
});

t.test('how old a message may be', async (t) => {
  const now = 1_000_000_500;
  t.equal(isRecent('999700', 300, now), true, 'the last second that passes');
  t.equal(isRecent('999699', 300, now), false);
  t.equal(isRecent('9999999999', 300, now), true, 'the future passes');
  for (const time of ['', '1e99', '-1', '0x10', '9'.repeat(20), 'NaN'])
    t.equal(isRecent(time, 300, now), false, time);
});

t.test('comparing', async (t) => {
  t.equal(isSameText('abc', 'abc'), true);
  for (const other of ['abd', 'ab', 'abcd', '', 'abcabc']) t.equal(isSameText('abc', other), false, other);
  t.equal(isSameText('', ''), true);
});

t.test('the platform’s HMAC is the one that is meant', async (t) => {
  const made = await hmacInBase64(SECRET, new TextEncoder().encode(`msg_0001.${TIME}.${BODY}`));
  t.equal('v1,' + made, GOOD['webhook-signature']);
});
