import t from 'tap';
import { xxh32 } from '../../../lib/core/xxhash.ts';

t.test("the reference's values, for every length of tail", async (t) => {
  const known: [string, number][] = [
    ['', 0x02cc5d05],
    ['a', 0x550d7456],
    ['abc', 0x32d153ff],
    ['Nobody inspects the spammish repetition', 0xe2293b2f],
    ['just a value', 862735118],
    ['user-42', 1635883646],
    ['11111111-1111-4111-8111-111111111111', 3327407886],
  ];
  for (const [text, hash] of known) t.equal(xxh32(text), hash, text);
});

t.test('bytes are those of UTF-8', async (t) => {
  const wide = new TextEncoder().encode('é').length;
  t.equal(wide, 2);
  t.not(xxh32('é'), xxh32('\u0065'));
  t.not(xxh32('é'), xxh32('Ã©'), 'each byte is not a character of its own');
});
