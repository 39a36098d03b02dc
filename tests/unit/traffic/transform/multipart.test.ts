/** Transformation of multipart forms. */
import t from 'tap';
import { transformMultipart } from '../../../../lib/traffic/transform/multipart.ts';
import { operations, type Changes } from '../../../support/operations.ts';

const field = (name: string, value: string) =>
  `--B\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const FILE =
  '--B\r\nContent-Disposition: form-data; name="f"; filename="a.bin"\r\nContent-Type: a/b\r\n\r\n\x00\xff\x80\r\n';

const changed = (body: string, changes: Changes, type = 'multipart/form-data; boundary=B') =>
  transformMultipart(type, body, operations(changes));

t.test('rename, remove, replace and add; append does nothing', async (t) => {
  const body = `${field('p1', 'old')}${field('p2', 'x')}${FILE}--B--\r\n`;
  const several = changed(body, { replace: { p1: 'new' }, remove: ['p2'], add: { p3: 'y' } });
  t.equal(several, `${field('p1', 'new')}${FILE}${field('p3', 'y')}--B--\r\n`);
  t.equal(changed(body, { append: { p1: 'b' } }), body, 'unchanged');
  t.equal(changed(body, { rename: { p1: 'p2' } }), `${field('p2', 'old')}${FILE}--B--\r\n`);
  t.equal(changed(body, { add: { f: 'x' } }), body, 'a file counts as present');
  const replaced = `${field('p1', 'old')}${field('p2', 'x')}${field('f', 'x')}--B--\r\n`;
  t.equal(changed(body, { replace: { f: 'x' } }), replaced);
});

t.test('a malformed form is not changed, and no value can end a part early', async (t) => {
  t.equal(changed('a=1', { add: { x: '1' } }), null);
  t.equal(changed(field('a', '1'), { add: { x: '1' } }, 'multipart/form-data'), null);
  const evil = { 'x"\r\ny': '1\r\n--B\r\nContent-Disposition: form-data; name="a"' };
  const added = changed(`${field('a', '1')}--B--\r\n`, { add: evil });
  t.equal(added?.split('\r\n--B').length, 3);
  t.match(added, 'name="x%22 y"');
});

t.test('a quoted boundary, unquoted names', async (t) => {
  const body = '--b b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--b b--\r\n';
  t.match(changed(body, { remove: ['a'] }, 'multipart/form-data; boundary="b b"'), /^--b b--/);
});
