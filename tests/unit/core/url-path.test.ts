import fc from 'fast-check';
import t from 'tap';
import { anyText } from '../../support/any-text.ts';
import { testProperty } from '../../support/property.ts';
import { words } from '../../support/words.ts';
import { escapePath, normalisePath, pathBytes, readPath } from '../../../lib/core/url-path.ts';

t.test('a path is normalised to one spelling', async (t) => {
  const CASES: [raw: string, normalised: string][] = [
    ['/a%2fb', '/a%2Fb'],
    ['/%21%23%24%25%26%27%28%29%2a', '/%21%23%24%25%26%27%28%29%2A'],
    ['/%2b%2c%3a%3b%3d%3f%40%5b%5d', '/%2B%2C%3A%3B%3D%3F%40%5B%5D'],
    ['/%7e%5f%2d%2e', '/~_-.'],
    ['/cat%20and%20dog', '/cat and dog'],
    ['//a///b//', '/a/b/'],
    ['/a/%2e%2e/b', '/b'],
    ['/a/..', '/'],
    ['/a/b/..', '/a/'],
    ['/a/.', '/a/'],
    ['/a..b/.c', '/a..b/.c'],
    ['/%zz%4', '/%zz%4'],
  ];
  for (const [raw, normalised] of CASES) t.equal(normalisePath(raw), normalised, raw);
});

t.test('a path is escaped and read as fetch sends it, and compared by its UTF-8 bytes', async (t) => {
  t.equal(escapePath(normalisePath('/caf%c3%a9/%ff/%00')), '/caf%C3%A9/%FF/%00', 'the bytes as sent');
  t.equal(escapePath('/a b"<>\\^`{|}'), '/a%20b%22%3C%3E%5C%5E%60%7B%7C%7D');
  t.equal(escapePath("/!#$&'()*+,/:;=?@[]~_-.%2F"), "/!#$&'()*+,/:;=?@[]~_-.%2F");
  t.equal(pathBytes('/café'), normalisePath('/caf%c3%a9'));
  // A lone surrogate becomes the replacement character, as in a URL.
  t.equal(pathBytes('/\ud800'), '/\xef\xbf\xbd');
  t.equal(readPath('/\u0170rivate?\u00e9', true), '/%C5%B0rivate?%C3%A9', 'not cut to its low byte');
});

const forms = 'the two forms of any path are ASCII and bytes, and reading is idempotent';
const piece = fc.constantFrom(...words`a B . .. / // %2e %2F %41 %25 %e9 ~ \ #`, ' ');
const pieces = fc.array(piece).map((all) => all.join(''));
testProperty(forms, [fc.oneof(pieces, anyText), fc.boolean()], 4000, (text, strict) => {
  const read = readPath('/' + text, strict);
  if (read === null) return strict;
  const path = read.split('?')[0]!;
  const plain = normalisePath(path);
  return (
    /^[\x21-\x7e]*$/.test(path) &&
    readPath(path, strict) === path &&
    /^[\0-\xff]*$/.test(plain) &&
    // An escaped percent sign may not become the start of another escape.
    normalisePath(plain) === plain &&
    !/^[^/]|\/\/|\/\.\.?(\/|$)/.test(plain) &&
    normalisePath(escapePath(plain)) === plain &&
    new URL('http://h' + path).pathname === new URL(`http://h/${text}`).pathname
  );
});
