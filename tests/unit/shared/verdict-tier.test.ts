import { createHmac } from 'node:crypto';
import t from 'tap';
import { createVerdictTier } from '../../../lib/shared/verdict-tier.ts';
import type { TierEntry } from '../../../lib/shared/verdict-tier.ts';
import { bindCache } from '../../support/cache.ts';
import { virtualRuntime } from '../../support/virtual-runtime.ts';

const SECRET = 'a secret of the gateway';

function startTier(secret = SECRET, revokedAt: number | null = 0) {
  const runtime = virtualRuntime();
  const tier = createVerdictTier(secret, async () => revokedAt, runtime);
  const now = runtime.now();
  const entry: TierEntry = { text: '{"consumer":null}', askedAt: now, until: now + 60_500 };
  const read = (terms = 'terms', digest = 'digest') => tier.read(terms, digest);
  return { runtime, tier, entry, read };
}

t.test('what one isolate writes another one reads until it expires', async (t) => {
  const kept = bindCache(t);
  const [one, two] = [startTier(), startTier()];
  await one.tier.write('terms', 'digest', one.entry);
  t.equal([...kept.values()].map(({ control }) => control).join(), 'max-age=60');
  t.same(await two.read(), one.entry);
  t.equal(await two.read('other terms'), null);
  t.equal(await two.read('terms', 'other'), null);
  await two.runtime.advance(60_500);
  t.equal(await two.read(), null, 'expired');
  await two.tier.write('terms', 'late', one.entry);
  t.equal(kept.size, 1, 'and an expired verdict is not written');
});

t.test('an entry shows neither key nor digest, and only the secret can name or seal one', async (t) => {
  const kept = bindCache(t);
  const { tier, entry, read } = startTier();
  await tier.write('terms', 'digest', entry);
  const [[name, { text }] = ['', { text: '' }]] = kept;
  t.notMatch(name + text, /digest|terms/);
  t.equal(await startTier('another secret').read(), null);
  await tier.write('terms', 'other', entry);
  const other = [...kept].find(([each]) => each !== name)![1].text;
  const [seal = '', body = ''] = text.split('\n');
  const guess = createHmac('sha256', 'guess').update(`text\n${name}\n${body}`).digest('hex');
  const forged: [text: string, why: string][] = [
    [`${seal}\n${body.replace('null', '{"id":"root"}')}`, 'another consumer under the same seal'],
    [`${guess}\n${body}`, 'another secret'],
    [body, 'no seal'],
    ['', 'nothing'],
    [other, "another key's entry"],
  ];
  for (const [bad, why] of forged) {
    kept.set(name, { text: bad, control: null });
    t.equal(await read(), null, why);
  }
  kept.set(name, { text, control: null });
  t.same(await read(), entry);
});

t.test('no entry from before the last revocation counts, and none without the list', async (t) => {
  bindCache(t);
  const { tier, entry } = startTier();
  await tier.write('terms', 'digest', entry);
  const CASES: [revokedAt: number | null, reads: boolean][] = [
    [0, true],
    [entry.askedAt - 60_000, true],
    [entry.askedAt - 5000, false],
    [entry.askedAt + 60_000, false],
    [null, false],
  ];
  for (const [revokedAt, reads] of CASES)
    t.equal((await startTier(SECRET, revokedAt).read()) !== null, reads, String(revokedAt));
});

t.test('without a cache nothing is read, and nothing fails', async (t) => {
  bindCache(t, true);
  const { tier, entry, read } = startTier();
  await tier.write('terms', 'digest', entry);
  t.equal(await read(), null);
});
