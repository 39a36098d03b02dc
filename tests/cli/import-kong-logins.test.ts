/** Passwords of basic-auth: written out, hashed, or told by neither. */
import { createHash } from 'node:crypto';
import t from 'tap';
import { importKong } from '../../cli/import-kong/import.ts';
import { entityId } from '../../cli/import-kong/link.ts';
import { said } from './import-kong-support.ts';

const ID = 'd5c11c4f-b5e7-4db3-a2d3-5fab834dd1e8';
const hashOf = (password: string, consumer: string): string =>
  `sha1:${createHash('sha1')
    .update(password + consumer)
    .digest('hex')}`;
const HASH = hashOf('pebbles-9', ID).slice(5);
const file = (password: string, more = '', consumer = `id: ${ID}, username: wilma`): string => `
_format_version: "3.0"
${more}
services: [{name: s, url: "http://s.example.com", routes: [{name: r, paths: [/], plugins: [{name: basic-auth}]}]}]
consumers: [{${consumer}, basicauth_credentials: [{username: w, password: ${JSON.stringify(password)}}]}]
`;
const loginOf = (text: string) => importKong(text).config?.consumers?.[0]?.logins?.[0]?.passwordHash;

t.test('a password becomes the hash that Kong would have made of it', (t) => {
  t.equal(loginOf(file('pebbles-9')), hashOf('pebbles-9', ID));
  t.equal(loginOf(file('ü✓')), hashOf('ü✓', ID));
  t.equal(
    loginOf(file('x', '', 'username: wilma')),
    hashOf('x', entityId('consumers', 'wilma')),
    'with the id that Kong would have given the consumer',
  );
  t.end();
});

t.test('what was exported is a hash already, and says so', (t) => {
  t.equal(loginOf(file(HASH, '_transform: false')), `sha1:${HASH}`);
  t.equal(loginOf(file(HASH)), hashOf(HASH, ID), 'without a word of it, it is the password');
  t.match(said(file(HASH)), [/^check: basicauth_credentials \(line 5\).*write `_transform: false`/]);
  t.equal(loginOf(file('plain', '_transform: false')), undefined);
  t.match(said(file('plain', '_transform: false')), [/^closed: basicauth_credentials .*: the user gets 401/]);
  t.equal(loginOf(file('{vault://env/w}')), undefined);
  const page = {
    '/consumers': { data: [{ id: ID, username: 'wilma' }] },
    '/basic-auths': { data: [{ id: ID, consumer_id: ID, username: 'w', password: HASH }] },
  };
  t.equal(loginOf(JSON.stringify(page)), `sha1:${HASH}`, 'the Admin API tells hashes');
  const loose = [{ data: [{ id: ID, username: 'wilma' }] }, { data: page['/basic-auths'].data }];
  t.equal(loginOf(JSON.stringify(loose)), `sha1:${HASH}`, 'and a page of it is known by its fields');
  t.end();
});

t.test('faults repeat no password', (t) => {
  const { faults } = importKong(file('x').replace('"x"', '12345'));
  t.match(faults, [/password \(line 5\) must be a text that is not empty, received something else/]);
  const twice = file('secret-1').replace('{username: w,', '{username: w, password: secret-2}, {username: w,');
  t.match(importKong(twice).faults, [/username .* must be unique/]);
  t.notMatch(importKong(twice).faults.join(), /secret/);
  t.match(importKong(file('x').replace('username: w, ', '')).faults, [/must have username/]);
  t.end();
});
