/**
 * Who need not show a key: the anonymous consumer, preflights, routes without auth, routes that ask in their own way.
 */
import t from 'tap';
import type { Config } from '../../../lib/config/types.ts';
import { FORGED, gate, verify } from '../../support/admission.ts';

t.test('an anonymous consumer stands for callers without a good key', async (t) => {
  const { enter, withKey } = gate({ anonymous: 'nobody' });
  for (const path of ['/', '/?apikey=two', '/?apikey=', '/?apikey=one&apikey=one']) {
    const { verdict, headers, context } = await enter(path, { headers: FORGED });
    t.equal(verdict, 'in', path);
    const told = { 'x-consumer-id': 'id-3', 'x-consumer-username': 'nobody' };
    t.same(headers, { ...told, 'x-anonymous-consumer': 'true' });
    t.same([context.consumer?.id, context.credentialId, context.anonymous], ['id-3', null, true]);
  }
  t.equal((await withKey('one')).headers['x-consumer-username'], 'bob');
  const ghost = await gate({ anonymous: 'ghost' }, { compat: 'kong-3' }).enter('/');
  t.match(ghost.verdict, /^500 anonymous_missing: anonymous consumer ghost is configured but doesn't exist/);
  const unchecked = await gate({ anonymous: 'nobody', verify }).withKey('new');
  t.match(unchecked.verdict, /^503/, 'but who cannot be checked is not nobody');
});

t.test('runOnPreflight false lets OPTIONS through as it is', async (t) => {
  const options = { method: 'OPTIONS', headers: FORGED };
  const [kong, plain] = [
    gate({ runOnPreflight: false }, { compat: 'kong-3' }),
    gate({ runOnPreflight: false }),
  ];
  t.match((await gate({}).enter('/', options)).verdict, /^401 no_key/);
  t.same((await kong.enter('/', options)).headers, FORGED, 'forgeries included, under Kong’s profiles');
  t.same((await plain.enter('/', options)).headers, {}, 'not so in plain');
  t.match((await plain.enter('/')).verdict, /^401 no_key/);
});

t.test('a route without auth asks nobody; forgeries are removed where another route asks', async (t) => {
  const routes: Config['routes'] = [{ paths: ['/open'], auth: false }, { paths: ['/'] }];
  const open = await gate({}, { routes }).enter('/open', { headers: FORGED });
  t.same([open.verdict, open.headers], ['in', {}]);
  t.same((await gate({}, { routes, compat: 'kong-3' }).enter('/open', { headers: FORGED })).headers, FORGED);
  const without = await gate(false).enter('/', { headers: FORGED });
  t.same(without.headers, FORGED, 'without any auth they are headers as any other');
});

t.test('each route asks in its own way', async (t) => {
  const routes: Config['routes'] = [
    { paths: ['/a'], auth: { keyNames: ['a-key'] } },
    { paths: ['/b'], auth: { anonymous: 'nobody' } },
    { paths: ['/c'] },
  ];
  const { enter } = gate({}, { routes });
  t.equal((await enter('/a?a-key=one', {}, 0)).verdict, 'in');
  t.match((await enter('/a?apikey=one', {}, 0)).verdict, /^401/);
  t.equal((await enter('/b', {}, 1)).headers['x-consumer-id'], 'id-3');
  t.equal((await enter('/c?apikey=one', {}, 2)).verdict, 'in');
});

t.test('what needs no awaiting is answered at once', async (t) => {
  const { admit, contextOf } = gate({});
  t.notOk(admit(contextOf('/')) instanceof Promise, 'no key');
  t.ok(admit(contextOf('/?apikey=one')) instanceof Promise, 'a digest is awaited');
  const open = gate(false);
  t.equal(open.admit(open.contextOf('/')), null);
});

t.test('what is no part of an unasked request is hidden all the same', async (t) => {
  const auth = { runOnPreflight: false, verify: { ...verify, upstreamHeaders: { X_Plan: '/plan' } } };
  const { enter } = gate(auth);
  const forged = { apikey: 'one', 'x-plan': 'gold', x_plan: 'gold', cookie: 'a=1; apikey=one' };
  const { headers, query, verdict } = await enter('/?a=1&apikey=one', { method: 'OPTIONS', headers: forged });
  t.same([verdict, headers, query], ['in', { cookie: 'a=1' }, '?a=1']);
});
