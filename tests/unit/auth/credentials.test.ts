import t from 'tap';
import * as rules from '../../../lib/auth/credentials.ts';
import type { Consumer } from '../../../lib/config/types.ts';
import { digestOf } from '../../support/auth.ts';
import { START } from '../../support/verifier-cache.ts';

const { anonymousCaller, callerByDigest, createCredentials } = rules;
const [one, two] = [
  { id: 'c-1', sha256: digestOf('one') },
  { sha256: digestOf('two'), ttlSeconds: 60 },
];
const CONSUMERS: Consumer[] = [
  { id: 'id-1', username: 'bob', credentials: [one, two] },
  { id: 'bob', credentials: [] },
];

t.test('a configured key names its consumer, until its lifetime ends', async (t) => {
  const credentials = createCredentials(CONSUMERS);
  const named = (key: string, now = START) => callerByDigest(credentials, digestOf(key), now);
  t.match(named('one'), { identity: { consumer: { username: 'bob' }, id: 'c-1' }, credentialId: 'c-1' });
  const last = START + 59_999;
  // Without an id, its digest is the id.
  t.match(named('two', last), { identity: { id: undefined }, credentialId: two.sha256 });
  t.equal(named('two', last + 1), null, 'its lifetime starts with the first request');
  t.ok(named('one', START + 1e12));
  t.equal(named('constructor'), null);
});

t.test('the anonymous consumer is found by id or by username', async (t) => {
  const named = (name: string) => {
    const caller = anonymousCaller(CONSUMERS, name)!;
    return 'reason' in caller ? `${caller.status} ${caller.message}` : caller.identity.consumer;
  };
  t.equal(named('id-1'), CONSUMERS[0]);
  t.equal(named('bob'), CONSUMERS[1], 'an id takes precedence over a username');
  t.equal(named('nobody'), "500 anonymous consumer nobody is configured but doesn't exist");
});
