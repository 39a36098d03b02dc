/**
 * The keys of the configuration: who is let in as whom, who is turned away with which words, and what the origin gets
 * to see.
 */
import t from 'tap';
import { FORGED, gate } from '../../support/admission.ts';

t.test('who shows a good key is let in as its consumer, and nobody can say so but the gateway', async (t) => {
  const { enter } = gate({});
  const { verdict, headers, context } = await enter('/?apikey=one&a=1', { headers: FORGED });
  t.equal(verdict, 'in');
  t.same(headers, {
    'x-consumer-id': 'id-1',
    'x-consumer-username': 'bob',
    'x-consumer-custom-id': 'ref-1',
    'x-credential-identifier': 'c-1',
  });
  t.same([context.consumer?.id, context.credentialId, context.anonymous], ['id-1', 'c-1', false]);
  const carol = await enter('/', { headers: { ...FORGED, apikey: 'a, b' } });
  t.same(
    carol.headers,
    { 'x-consumer-id': 'id-2', 'x-credential-identifier': 'c-2' },
    'what this consumer does not have is removed',
  );
});

t.test('who shows none, two or a bad one is turned away with Kong’s words', async (t) => {
  const { enter, withKey } = gate({});
  t.equal((await enter('/')).verdict, '401 no_key: No API key found in request');
  t.equal((await withKey('')).verdict, '401 no_key: No API key found in request');
  t.equal((await withKey('two')).verdict, '401 bad_key: Unauthorized');
  t.equal((await enter('/?apikey=one&apikey=one')).verdict, '401 duplicate_key: Duplicate API key found');
  t.equal(
    (
      await enter('/', {
        headers: [
          ['apikey', 'one'],
          ['apikey', 'one'],
        ],
      })
    ).verdict,
    '401 duplicate_key: Duplicate API key found',
    'joined headers that are no known key',
  );
  t.equal((await withKey('a, b')).verdict, 'in', 'and one that is');
  t.equal((await withKey('two')).challenge, 'Key');
  t.equal((await gate({ realm: 'mine' }).enter('/')).challenge, 'Key realm="mine"');
});

t.test('a credential’s life counts from the first request', async (t) => {
  const { withKey, runtime } = gate({});
  t.equal((await withKey('brief')).verdict, 'in');
  await runtime.advance(59_999);
  t.equal((await withKey('brief')).verdict, 'in');
  await runtime.advance(1);
  t.equal((await withKey('brief')).verdict, '401 bad_key: Unauthorized');
});

t.test('keyNames and keyIn are asked', async (t) => {
  t.equal((await gate({ keyNames: ['token'] }).enter('/?token=one')).verdict, 'in');
  t.equal(
    (await gate({ keyIn: ['query'] }).withKey('one')).verdict,
    '401 no_key: No API key found in request',
  );
  t.equal(
    (
      await gate({ keyIn: ['body'] }).enter('/', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"apikey":"one"}',
      })
    ).verdict,
    'in',
  );
});

t.test('hideCredentials hides the key wherever it stands', async (t) => {
  const init = {
    headers: {
      apikey: 'one',
      referer: 'https://page.test/?apikey=one&b=2',
      'content-type': 'application/x-www-form-urlencoded',
    },
    method: 'POST',
    body: 'apikey=one&c=3',
  };
  const hidden = await gate({ keyIn: ['header', 'query', 'body'] }).enter('/?apikey=other&[x]=1', init);
  t.notOk('apikey' in hidden.headers);
  t.equal(hidden.headers['referer'], 'https://page.test/?b=2');
  t.equal(hidden.query, '?[x]=1', 'the rest of the query stays as it was');
  t.equal(hidden.body, 'c=3');
  const shown = await gate({ hideCredentials: false, keyIn: ['header', 'query', 'body'] }).enter(
    '/?apikey=other&[x]=1',
    init,
  );
  t.equal(shown.headers['apikey'], 'one');
  t.equal(shown.headers['referer'], init.headers.referer);
  t.equal(shown.query, '?apikey=other&[x]=1');
  t.equal(shown.body, 'apikey=one&c=3', 'read, and passed on as it was');
  t.equal(
    (await gate({}, { compat: 'kong-3' }).enter('/?apikey=one&[x]')).query,
    '?%5Bx%5D=',
    'Kong writes the query anew',
  );
  const names = await gate({ keyNames: ['apikey', 'token'] }).enter('/?token=two&a=1', {
    headers: { apikey: 'one', Token: 'three', cookie: 'token=4; b=2' },
  });
  t.notOk('token' in names.headers, 'under every name');
  t.equal(names.headers['cookie'], 'b=2');
  t.equal(names.query, '?a=1');
  const both = await gate({ keyNames: ['api_key'] }).enter('/', { headers: { 'api-key': 'one' } });
  t.notOk('api-key' in both.headers, 'in either spelling');
});

t.test(
  'the 2018 profile takes an empty key for a bad one and refuses a body that it cannot read',
  async (t) => {
    const { enter, withKey } = gate({ keyIn: ['header', 'body'] }, { compat: 'kong-2018' });
    t.match((await withKey('')).verdict, /bad_key/);
    t.equal(
      (
        await enter('/', {
          method: 'POST',
          headers: { apikey: 'one', 'content-type': 'text/plain' },
          body: 'x',
        })
      ).verdict,
      '400 bad_body: Cannot process request body',
    );
    t.equal(
      (
        await gate({ keyIn: ['header', 'body'] }).enter('/', {
          method: 'POST',
          headers: { apikey: 'one' },
          body: 'x',
        })
      ).verdict,
      'in',
    );
  },
);
