/** Base64 as strangers write it. */
import t from 'tap';
import { bytesOfBase64, EITHER_ALPHABET, URL_ALPHABET } from '../../../lib/core/base64.ts';

const read = (text: string, alphabet: RegExp): string | null => {
  const bytes = bytesOfBase64(text, alphabet);
  return bytes && Buffer.from(bytes).toString('hex');
};

t.test('alphabets, padding and what is none', async (t) => {
  const CASES: [text: string, either: string | null, url: string | null][] = [
    ['', '', ''],
    ['AA', '00', '00'],
    ['AA==', '00', '00'],
    ['AA=', '00', '00'],
    ['AAA', '0000', '0000'],
    ['AAAA', '000000', '000000'],
    ['-_-_', 'fbffbf', 'fbffbf'],
    ['+/+/', 'fbffbf', null],
    ['+_-/', 'fbffbf', null],
    ['A', null, null],
    ['AAAAA', null, null],
    ['AA==BB%%', '00', '00'],
    ['=', '', ''],
    ['AA A', null, null],
    ['AA\n', null, null],
    ['AA.A', null, null],
    ['%%%', null, null],
    ['é', null, null],
  ];
  for (const [text, either, url] of CASES) {
    t.equal(read(text, EITHER_ALPHABET), either, JSON.stringify(text));
    t.equal(read(text, URL_ALPHABET), url, `${JSON.stringify(text)} in a URL`);
  }
});

t.test('every byte', async (t) => {
  const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  t.equal(read(all.toString('base64'), EITHER_ALPHABET), all.toString('hex'));
  t.equal(read(all.toString('base64url'), URL_ALPHABET), all.toString('hex'));
});
