/** Base64 from untrusted input. */
import t from 'tap';
import { bytesOfBase64, EITHER_ALPHABET, URL_ALPHABET } from '../../../lib/core/base64.ts';

const read = (text: string, alphabet: RegExp): string | null => {
  const bytes = bytesOfBase64(text, alphabet);
  return bytes && Buffer.from(bytes).toString('hex');
};

t.test('alphabets, padding and malformed strings', async (t) => {
  const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  const CASES: [text: string, either: string | null, url?: string | null][] = [
    ['', ''],
    ['AA', '00'],
    ['AA==', '00'],
    ['AA==BB%%', '00'],
    ['AAA', '0000'],
    ['-_-_', 'fbffbf'],
    ['+_-/', 'fbffbf', null],
    [all.toString('base64'), all.toString('hex'), null],
    [all.toString('base64url'), all.toString('hex')],
    ...['A', 'AAAAA', 'AA A', 'AA\n', 'AA.A', 'é'].map((text): [string, null] => [text, null]),
  ];
  for (const [text, either, url = either] of CASES) {
    t.equal(read(text, EITHER_ALPHABET), either, JSON.stringify(text));
    t.equal(read(text, URL_ALPHABET), url, `${JSON.stringify(text)} in a URL`);
  }
});
