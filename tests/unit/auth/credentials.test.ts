import t from 'tap';
import * as rules from '../../../lib/auth/credentials.ts';
import type { Consumer } from '../../../lib/config/types.ts';
import { digestOf } from '../../support/auth.ts';
import { START } from '../../support/verifier-cache.ts';

const { anonymousCaller, callerByDigest, callerByKey, createCredentials } = rules;
const [one, two] = [
  { id: 'c-1', sha256: digestOf('one') },
  { sha256: digestOf('two'), ttlSeconds: 60 },
];
const CONSUMERS: Consumer[] = [
  { id: 'id-1', username: 'bob', credentials: [one, two] },
  { id: 'bob', credentials: [] },
];

t.test("the configuration's own credentials", async (t) => {
  const credentials = createCredentials(CONSUMERS);
  const named = (key: string, now = START) => callerByDigest(credentials, digestOf(key), key, now);
  t.equal(named('one')?.identity.consumer?.username, 'bob');
  t.equal(named('one')?.identity.id, 'c-1');
  t.equal(named('one')?.credentialId, 'c-1');
  t.equal(named('two')?.identity.id, undefined, 'not every credential has a name');
  t.equal(named('two')?.credentialId, digestOf('two'), 'its digest stands for it');
  t.equal(named('three'), null);
  t.equal(named('constructor'), null);
  t.equal(named('two', START + 59_999)?.identity.consumer?.id, 'id-1');
  t.equal(named('two', START + 60_000), null, 'its life counts from the first request');
  t.equal(callerByKey(credentials, 'two', START + 60_000), null, 'warm or not');
  t.equal(named('one', START + 1e12)?.identity.id, 'c-1');
});

t.test('a good key is warm from its first use on, a bad one never', async (t) => {
  const credentials = createCredentials(CONSUMERS);
  t.equal(callerByKey(credentials, 'one', START), null);
  callerByDigest(credentials, digestOf('one'), 'one', START);
  callerByDigest(credentials, digestOf('bad'), 'bad', START);
  t.equal(callerByKey(credentials, 'one', START)?.credentialId, 'c-1');
  t.same([...credentials.warm.keys()], ['one']);
});

t.test('the anonymous consumer is named by id or by username', async (t) => {
  const named = (name: string) => {
    const caller = anonymousCaller(CONSUMERS, name)!;
    return 'reason' in caller ? `${caller.status} ${caller.message}` : caller.identity.consumer;
  };
  t.equal(named('id-1'), CONSUMERS[0]);
  t.equal(named('bob'), CONSUMERS[1], 'an id goes before a name');
  t.equal(named('nobody'), "500 anonymous consumer nobody is configured but doesn't exist");
});
